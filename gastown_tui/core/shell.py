"""Reads a shell command without running it: which programs it calls, with which words, and which files it redirects to.

Pure, and free of imports, because the hook reads commands on every tool call. What it cannot read it says it cannot:
`Reading.unread` names why. Reading shell exactly is not the aim; never taking a dangerous command for a harmless one is.
"""

from __future__ import annotations

from gastown_tui.core.shell_calls import SHELLS, WRAPPERS, Reading, Simple, wrapper_length

DEPTH = 6
"""How deep substitutions, subshells and `sh -c` may nest before the rest counts as unread."""
LENGTH = 20_000
"""Characters; a longer command is not read."""
_INTRODUCING = frozenset({"if", "then", "else", "elif", "fi", "while", "until", "do", "done", "!", "{", "}", "time", "coproc"})
"""Shell words that stand before a command or end a compound one."""
_NAME = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")
_SPECIAL = frozenset("?!#$@*-0123456789")


def read(command: str) -> Reading:
    """Reads a command line or script. Never raises."""
    reading = Reading()
    if len(command) > LENGTH:
        reading.unread = "it is too long"
        return reading
    _Reader(command, reading, 0).run()
    return reading


class _Reader:
    """One pass over one text; nested texts get readers of their own and share the reading."""

    def __init__(self, text: str, reading: Reading, depth: int) -> None:
        self.text, self.reading, self.depth = text, reading, depth
        self.at = 0
        self.call = Simple()
        self.word: list[str] | None = None
        self.is_expanded = False
        self.is_quoted = False
        self.target = ""
        """Where the next word goes when it is not a word of the call: read | write | here."""
        self.pending: list[tuple[str, bool]] = []
        """Here-documents that begin after this line: (delimiter, whether it is literal)."""
        self.is_piped = False

    def give_up(self, why: str) -> None:
        self.reading.unread = self.reading.unread or why

    def run(self, end: str = "") -> int:
        """Reads up to `end` (")" or nothing); returns the position behind it."""
        if self.depth > DEPTH:
            self.give_up("it nests too deep")
            return len(self.text)
        while self.at < len(self.text):
            char = self.text[self.at]
            if end and char == end:
                self.end_call()
                return self.at + 1
            self.step(char)
        self.end_call()
        if end:
            self.give_up("a parenthesis stays open")
        if self.pending:
            self.give_up("a here-document stays open")
        return self.at

    def step(self, char: str) -> None:
        if char == "\\":
            following = self.text[self.at + 1 : self.at + 2]
            self.at += 2
            if following != "\n":
                self.add(following)
        elif char == "'":
            self.single()
        elif char == '"':
            self.double()
        elif char in " \t\r":
            self.end_word()
            self.at += 1
        elif char == "\n":
            self.end_call()
            self.at += 1
            self.here_documents()
        elif char == "#" and self.word is None:
            stop = self.text.find("\n", self.at)
            self.at = len(self.text) if stop < 0 else stop
        elif char in "$`":
            self.expansion()
        elif char in "<>":
            self.redirection()
        elif char in ";&|()":
            self.operator(char)
        else:
            if char in "*?[~" or (char == "{" and self.word is not None):
                self.is_expanded = True
            self.at += 1
            self.add(char)

    def add(self, text: str) -> None:
        if self.word is None:
            self.word = []
        self.word.append(text)

    def single(self) -> None:
        stop = self.text.find("'", self.at + 1)
        if stop < 0:
            self.give_up("a quote stays open")
            stop = len(self.text)
        self.is_quoted = True
        self.add(self.text[self.at + 1 : stop])
        self.at = stop + 1

    def double(self) -> None:
        self.is_quoted = True
        self.add("")
        self.at += 1
        while self.at < len(self.text):
            char = self.text[self.at]
            if char == '"':
                self.at += 1
                return
            if char == "\\":
                following = self.text[self.at + 1 : self.at + 2]
                self.at += 2
                if following != "\n":
                    self.add(following if following in '$`"\\' else f"\\{following}")
            elif char in "$`":
                self.expansion()
            else:
                self.add(char)
                self.at += 1
        self.give_up("a quote stays open")

    def expansion(self) -> None:
        """`$x`, `${…}`, `$(…)`, `$((…))`, `$'…'` and backticks. The word keeps what is written."""
        start, text = self.at, self.text
        following = text[start + 1 : start + 2]
        if text[start] == "`":
            stop = text.find("`", start + 1)
            if stop < 0:
                self.give_up("a backtick stays open")
                stop = len(text)
            self.nested(text[start + 1 : stop].replace("\\`", "`"))
            self.at = stop + 1
        elif text.startswith("$((", start):
            stop = text.find("))", start)
            if stop < 0 or not _is_arithmetic(text[start + 3 : stop]):
                self.give_up("an arithmetic expression")  # or two subshells in a substitution
            self.at = len(text) if stop < 0 else stop + 2
        elif following == "(":
            inner = _Reader(text, self.reading, self.depth + 1)
            inner.at = start + 2
            self.reading.has_substitution = True
            self.at = inner.run(")")
        elif following == "{":
            stop = text.find("}", start)
            if stop < 0 or "`" in text[start + 2 : stop] or "$" in text[start + 2 : stop]:
                self.give_up("a computed variable")
            self.at = len(text) if stop < 0 else stop + 1
        elif following == "'":
            self.give_up("an escaped string")
            self.at += 1
        elif following in _SPECIAL and following:
            self.at += 2
        else:
            self.at += 1
            while self.at < len(text) and text[self.at] in _NAME:
                self.at += 1
        if self.at > start + 1:
            self.is_expanded = True
        self.add(text[start : self.at])

    def nested(self, text: str) -> None:
        self.reading.has_substitution = True
        _Reader(text, self.reading, self.depth + 1).run()

    def redirection(self) -> None:
        text, char = self.text, self.text[self.at]
        if self.word is not None and not self.is_quoted and "".join(self.word).isdigit():
            self.word = None  # the number of a stream
        self.end_word()
        rest = text[self.at : self.at + 3]
        if rest[1:2] == "(":
            inner = _Reader(text, self.reading, self.depth + 1)
            inner.at = self.at + 2
            self.reading.has_substitution = True
            self.at = inner.run(")")
            self.add("/dev/fd/63")
            self.end_word()
            return
        if rest.startswith("<<<"):
            self.target, self.at, self.call.is_fed = "here", self.at + 3, True
        elif rest.startswith("<<"):
            self.at += 3 if rest == "<<-" else 2
            self.call.is_fed = True
            self.here_delimiter()
        elif rest[1:2] == "&":
            self.at += 2
            stop = self.at
            while stop < len(text) and (text[stop].isdigit() or text[stop] == "-"):
                stop += 1
            if stop > self.at:
                self.at = stop  # joins two streams, writes no file
            else:
                self.target = "write" if char == ">" else "read"
        else:
            self.target = "write" if char == ">" or rest.startswith("<>") else "read"
            self.at += 2 if rest[:2] in (">>", ">|", "<>") else 1

    def here_delimiter(self) -> None:
        text = self.text
        while text[self.at : self.at + 1] in (" ", "\t"):
            self.at += 1
        start = self.at
        while self.at < len(text) and text[self.at] not in " \t\n;&|<>()":
            self.at += 1
        written = text[start : self.at]
        name = written.replace("'", "").replace('"', "").replace("\\", "")
        if name:
            self.pending.append((name, name != written))
        else:
            self.give_up("a here-document without a name")

    def here_documents(self) -> None:
        """Skips the texts that begin on this line; a literal one holds nothing for the shell."""
        for name, is_literal in self.pending:
            while True:
                stop = self.text.find("\n", self.at)
                line = self.text[self.at :] if stop < 0 else self.text[self.at : stop]
                if line.strip("\t") == name:
                    self.at = len(self.text) if stop < 0 else stop + 1
                    break
                if not is_literal and ("$(" in line or "`" in line):
                    self.give_up("a substitution in a here-document")
                if stop < 0:
                    self.give_up("a here-document stays open")
                    self.at = len(self.text)
                    break
                self.at = stop + 1
        self.pending = []

    def operator(self, char: str) -> None:
        text = self.text
        if char == "(":
            if self.word is not None or self.call.words:
                self.give_up("a function, an array or a pattern")
            self.end_word()
            inner = _Reader(text, self.reading, self.depth + 1)
            inner.at = self.at + 1
            self.at = inner.run(")")
            return
        if char == ")":
            self.give_up("a parenthesis too many")
            self.at += 1
            return
        if text.startswith("&>", self.at):
            self.end_word()
            self.target = "write"
            self.at += 3 if text.startswith("&>>", self.at) else 2
            return
        self.end_call()
        is_pipe = char == "|" and not text.startswith("||", self.at)
        while self.at < len(text) and text[self.at] in ";&|":
            self.at += 1
        self.is_piped = is_pipe

    def end_word(self) -> None:
        if self.word is None:
            return
        word, self.word = "".join(self.word), None
        is_expanded, is_quoted = self.is_expanded, self.is_quoted
        self.is_expanded = self.is_quoted = False
        target, self.target = self.target, ""
        if target == "write":
            self.call.writes.append(word)
        elif target == "read":
            self.call.reads.append(word)
        elif target != "here":
            self.place(word, is_expanded=is_expanded, is_quoted=is_quoted)

    def place(self, word: str, *, is_expanded: bool, is_quoted: bool) -> None:
        call = self.call
        if not call.words:
            if not is_quoted and word in _INTRODUCING:
                return
            name, equals, _ = word.partition("=")
            if equals and name and not name[0].isdigit() and set(name.rstrip("+")) <= _NAME:
                call.assigned.append(word)
                return
            if not is_quoted and word in ("case", "function", "select", "for"):
                if word != "for":
                    self.give_up(f"the shell word {word}")
                call.expanded.add(0)  # no program: the words of a loop
        if is_expanded:
            call.expanded.add(len(call.words))
        call.words.append(word)

    def end_call(self) -> None:
        self.end_word()
        if self.target:
            self.give_up("a redirection to nowhere")
            self.target = ""
        call, self.call = self.call, Simple()
        call.is_fed = call.is_fed or self.is_piped
        self.is_piped = False
        if not (call.words or call.writes or call.assigned):
            return
        if call.words[:1] == ["for"] and 0 in call.expanded:
            if call.writes:
                self.give_up("a redirected loop")
            return
        call.outer = [*call.assigned, *call.words]
        self.reading.calls.append(call)
        self.unwrap(call)

    def unwrap(self, call: Simple) -> None:
        """Takes `sudo`, `env A=b` … off the front, and reads what a shell is given to run."""
        while call.program in WRAPPERS:
            name = call.program
            length = wrapper_length(name, call.words)
            if name == "env" and any(word.startswith(("-S", "--split-string")) for word in call.words[1:]):
                self.give_up("env splits a string")
            if length >= len(call.words) and name != "xargs":
                return
            call.wrappers.append(name)
            call.words = call.words[length:]
            call.expanded = {index - length for index in call.expanded if index >= length}
            if name == "xargs":
                call.expanded.add(len(call.words))
                call.words.append("$…")  # whatever it reads
        program = call.program
        if program == "eval" or program in (".", "source"):
            if program != "eval" or call.expanded:
                self.give_up("it runs what it computes" if program == "eval" else "it runs a file in this shell")
            else:
                self.inner(" ".join(call.words[1:]))
        elif program in SHELLS:
            self.shell(call)
        elif program == "trap" and len(call.words) > 2 and 1 not in call.expanded:
            self.inner(call.words[1])
        elif program in ("alias", "trap") and len(call.words) > 1:
            self.give_up(f"{program} sets what runs later")
        elif call.words and 0 in call.expanded and not call.words[0].startswith(("$GT", "${GT}")):
            self.give_up("the program's name is computed")

    def shell(self, call: Simple) -> None:
        index = 1
        while index < len(call.words) and call.words[index].startswith("-"):
            word = call.words[index]
            if not word.startswith("--") and "c" in word:
                if index + 1 >= len(call.words) or index + 1 in call.expanded:
                    self.give_up("a shell runs what is computed")
                else:
                    self.inner(call.words[index + 1])
                return
            index += 2 if word in ("-o", "-O", "--rcfile", "--init-file") else 1
        if (index >= len(call.words) and (call.is_fed or call.reads)) or call.words[index : index + 1] == ["/dev/fd/63"]:
            self.give_up("a shell runs its input")

    def inner(self, text: str) -> None:
        _Reader(text, self.reading, self.depth + 1).run()


def _is_arithmetic(text: str) -> bool:
    """Names, numbers and operators, and no two names beside each other."""
    return set(text) <= _NAME | set("$ +-*/%<>=&|!?:,^~") and all(
        not (set(left) <= _NAME and set(right) <= _NAME) for left, right in zip(text.split(), text.split()[1:], strict=False)
    )
