"""The doctor: what is wrong with the town, why it matters, and a key that repairs it where a program can."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal

from gastown_tui.tui.commands import bindings
from gastown_tui.tui.screens.base import ConsoleScreen
from gastown_tui.tui.viewmodels import doctor
from gastown_tui.tui.viewmodels.events import filtered
from gastown_tui.tui.widgets.rows import RowList, Rows

if TYPE_CHECKING:
    from gastown_tui.services.doctor import Check


class DoctorScreen(ConsoleScreen):
    """Screen 8. It looks when it is opened first and when it is asked to, never by itself: a look starts every agent CLI once."""

    TAB = "doctor"
    COMMAND_SCOPES = ("global", "doctor", "list")
    BINDINGS = bindings("doctor")
    FIRST_FOCUS = "#findings"

    def __init__(self) -> None:
        super().__init__()
        self._checks: list[Check] | None = None
        self._looked_at = 0.0
        self._is_looking = False
        self._with_ok = True

    def body(self) -> ComposeResult:
        with Horizontal(id="body"):
            yield RowList(id="findings")
            yield Rows(id="finding")

    def on_mount(self) -> None:
        super().on_mount()
        self.action_again()

    def check(self) -> Check | None:
        """The selected finding."""
        key = self.query_one("#findings", RowList).selected
        return next((check for check in self._checks or () if doctor.key_for(check) == key), None)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only some findings can be repaired by a key."""
        if action == "fix":
            check = self.check()
            return check is not None and bool(check.fix)
        return super().check_action(action, parameters)

    def fill(self) -> None:
        rows = doctor.doctor_rows(
            self._checks, self.now, self._looked_at, is_looking=self._is_looking, with_ok=self._with_ok or bool(self.filter_words)
        )
        self.query_one("#findings", RowList).show_rows(filtered(rows, self.filter_words))
        self._fill_detail()

    def _fill_detail(self) -> None:
        detail = self.query_one("#finding", Rows)
        detail.show_rows(doctor.finding_rows(self.check(), detail.inner_width))

    @on(RowList.Highlighted, "#findings")
    def _moved(self) -> None:
        self._fill_detail()
        self.show_keys()

    def action_again(self) -> None:
        """Examines the town."""
        if not self._is_looking:
            self._is_looking = True
            self.refill()
            self.console.look(self._take, lambda acts: acts.examine(), self._give_up)

    def _give_up(self) -> None:
        self._is_looking = False
        self.refill()

    def _take(self, checks: list[Check]) -> None:
        self._checks, self._looked_at, self._is_looking = checks, self.now, False
        self.refill()

    def action_all(self) -> None:
        """Shows or hides what is in order."""
        self._with_ok = not self._with_ok
        self.refill()

    def action_fix(self) -> None:
        """Repairs the selected finding, after a question."""
        check = self.check()
        if check is None or not check.fix:
            return
        fix = check.fix

        from gastown_tui.services.remedies import label

        def done(said: object) -> None:
            self.console.hint(str(said))
            self.action_again()

        def repair() -> None:
            self.console.fetch(done, self.console.acts.repair, fix)

        self.console.confirm(f"{check.name}: {label(fix)}?", check.detail, label(fix), repair)
