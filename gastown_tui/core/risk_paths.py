"""Where a path leads, from its words alone: inside the worktree, outside, to secrets, or into the town's own files. Pure."""

from __future__ import annotations

Finding = tuple[str, str]

_SECRET_PARTS = frozenset(
    {".ssh", ".aws", ".gnupg", ".netrc", ".git-credentials", ".docker", ".kube", ".pypirc", ".npmrc", ".password-store", ".azure"}
)
_SECRET_NAMES = frozenset(
    "id_rsa id_ed25519 id_ecdsa id_dsa shadow gshadow credentials credentials.json .credentials.json .pgpass oauth_creds.json "
    "auth.json token.json .vault-token .htpasswd .claude.json .bash_history .zsh_history .python_history environ kubeconfig".split()
)
_SECRET_ENDS = (".pem", ".p12", ".pfx", ".keystore", ".kdbx", ".jks", ".ppk")
_DATA_ENDS = (".yml", ".yaml", ".json", ".toml", ".ini", ".txt", ".env", ".enc", ".gpg", ".properties")
_EXAMPLES = ("example", "sample", "template", "dist", "test")
_SINKS = ("/dev/null", "/dev/stdout", "/dev/stderr", "/dev/tty", "/dev/fd/")
_HOMES = ("~", "$HOME", "${HOME}")


def is_secret(path: str) -> bool:
    """Whether secrets are usually kept there: keys, tokens, `.env` files (examples of them are none)."""
    parts = [part for part in path.replace("\\", "/").split("/") if part]
    name = parts[-1].lower() if parts else ""
    if any(part in _SECRET_PARTS for part in parts) or name in _SECRET_NAMES or name.endswith(_SECRET_ENDS):
        return not name.endswith(".pub")
    if name.startswith(("secrets.", "secret.", "service-account", "service_account")) and name.endswith(_DATA_ENDS):
        return True
    if name == ".env" or name.startswith(".env."):
        return not name.endswith(_EXAMPLES)
    return ".config/gh" in path or ".config/gcloud" in path


def normal(path: str) -> str:
    """`/a/b/../c` → `/a/c`; what leads above the root stays at it."""
    kept: list[str] = []
    for part in path.split("/"):
        if part == "..":
            if kept and kept[-1] != "..":
                kept.pop()
            elif not path.startswith("/"):
                kept.append(part)
        elif part not in ("", "."):
            kept.append(part)
    return ("/" if path.startswith("/") else "") + "/".join(kept)


class Place:
    """Where a command runs and what belongs to whom. `directory` follows a `cd`; None when that cannot be told."""

    __slots__ = ("directory", "town", "worktree")

    def __init__(self, directory: str, worktree: str, town: str) -> None:
        self.directory: str | None = normal(directory) if directory.startswith("/") else None
        self.worktree = normal(worktree) if worktree.startswith("/") else ""
        self.town = normal(town) if town else ""

    def whole(self, path: str) -> str | None:
        """The absolute path; None when it cannot be told. A home directory keeps its `~`."""
        for home in _HOMES:
            if path == home or path.startswith(f"{home}/"):
                return normal(f"~{path[len(home) :]}")
        if path.startswith("~") or "$" in path or "`" in path:
            return None
        if path.startswith("/"):
            return normal(path)
        return None if self.directory is None else normal(f"{self.directory}/{path}")

    def enter(self, path: str) -> None:
        """After `cd path`."""
        whole = self.whole(path) if path != "-" else None
        self.directory = whole if whole is not None and whole.startswith("/") else None

    def is_inside(self, whole: str) -> bool:
        return bool(self.worktree) and (whole == self.worktree or whole.startswith(f"{self.worktree}/"))

    def is_private(self, whole: str) -> bool:
        """Whether it is the town's own: `.gastown`, a rig's repository. The town's command and logs are for all to use."""
        if not self.town or not whole.startswith(f"{self.town}/"):
            return ".gastown/" in f"{whole}/" and not self.is_inside(whole)
        inside = whole[len(self.town) + 1 :].split("/")
        if inside[0] == ".gastown":
            return inside[1:2] not in (["bin"], ["logs"]) and not (inside[1:2] == ["runs"] and len(inside) > 4)
        return inside[1:2] == ["repo.git"]

    def read(self, path: str) -> list[Finding]:
        """What reading a path risks."""
        if is_secret(path):
            return [("secrets", path)]
        whole = self.whole(path)
        return [("town", path)] if whole is not None and self.is_private(whole) else []

    def written(self, path: str) -> list[Finding]:
        """What writing to a path risks."""
        if path.startswith(_SINKS):
            return []
        if is_secret(path):
            return [("secrets", path)]
        whole = self.whole(path)
        if whole is None:
            return [("unknown", f"where {path} leads")]
        if self.is_private(whole):
            return [("town", path)]
        if whole.startswith("/dev/"):
            return [("deletes", f"what is on {path}"), ("outside", path)]
        if self.is_inside(whole):
            inner = f"{whole[len(self.worktree) :]}/"
            return [("loses", f"git's own {path}")] if inner.startswith("/.git/") else []
        return [("outside", path)]
