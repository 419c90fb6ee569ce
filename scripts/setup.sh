#!/bin/sh
# Makes .venv with the commands `gt` and `gastown` in it. Asks before it installs anything outside of this directory:
# say yes, set YES=1, or run the command that it prints. Exits 2 when something is missing and may not be installed.
set -eu
cd "$(dirname "$0")/.."
root=$(pwd -P)
stamp=.setup/stamp
say() { printf '%s\n' "$*" >&2; }

# Everything that a finished setup depends on. Moving the directory breaks a virtual environment, so its place counts.
wanted() { { echo "$root"; cat pyproject.toml scripts/setup.sh; } | cksum; }

has_tmux() {
    command -v tmux >/dev/null 2>&1 || return 1
    version=$(tmux -V 2>/dev/null | sed 's/[^0-9.]*\([0-9][0-9]*\)\.\([0-9][0-9]*\).*/\1 \2/')
    set -- $version
    [ "${1:-0}" -gt 3 ] 2>/dev/null || { [ "${1:-0}" -eq 3 ] && [ "${2:-0}" -ge 2 ]; } 2>/dev/null
}

has_git() { command -v git >/dev/null 2>&1; }

find_python() {
    for name in python3.13 python3.12 python3.11 python3.14 python3 python; do
        if command -v "$name" >/dev/null 2>&1 &&
            "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
            command -v "$name"
            return 0
        fi
    done
    return 1
}

can_make_venv() { "$1" -c 'import ensurepip, venv' >/dev/null 2>&1; }

is_warm() {
    [ -f "$stamp" ] && [ -x .venv/bin/gt ] && [ -x .venv/bin/gastown ] && [ "$(cat "$stamp")" = "$(wanted)" ] && has_tmux && has_git
}

# The packages that this system lacks, in its own words, and the command that installs them.
missing_packages() {
    list=
    has_tmux || list="$list tmux"
    has_git || list="$list git"
    if ! command -v uv >/dev/null 2>&1; then
        python=$(find_python || true)
        if [ -z "$python" ]; then
            list="$list python"
        elif ! can_make_venv "$python"; then
            list="$list venv"
        fi
    fi
    echo "$list"
}

install_command() {
    become=
    if [ "$(id -u)" -ne 0 ] && command -v sudo >/dev/null 2>&1; then become="sudo "; fi
    if command -v apt-get >/dev/null 2>&1; then
        python_package=python3-venv before="${become}apt-get update && " verb="${become}apt-get install -y"
    elif command -v dnf >/dev/null 2>&1; then
        python_package=python3 before='' verb="${become}dnf install -y"
    elif command -v pacman >/dev/null 2>&1; then
        python_package=python before='' verb="${become}pacman -S --needed --noconfirm"
    elif command -v apk >/dev/null 2>&1; then
        python_package=python3 before='' verb="${become}apk add"
    elif command -v brew >/dev/null 2>&1; then
        python_package=python@3.13 before='' verb="brew install"
    else
        return 1
    fi
    packages=
    for one in $1; do
        case $one in
            python | venv) packages="$packages $python_package" ;;
            *) packages="$packages $one" ;;
        esac
    done
    # A Debian python that is not the default one has a venv package of its own.
    if [ "$python_package" = python3-venv ] && [ -n "${python:-}" ]; then
        packages=$(echo "$packages" | sed "s/python3-venv/$(basename "$python")-venv/; s/python-venv/python3-venv/")
    fi
    echo "$before$verb$packages"
}

install_missing() {
    missing=$(missing_packages)
    [ -n "$missing" ] || return 0
    say "Missing:$missing (tmux 3.2 or newer, git, and Python 3.11 or newer with venv are needed)"
    python=$(find_python || true)
    command=$(install_command "$missing") || {
        say "Install them with your package manager, then run: make setup"
        exit 2
    }
    answer=${YES:-}
    if [ -z "$answer" ] && [ -t 0 ]; then
        printf 'Run this now?  %s  [y/N] ' "$command" >&2
        read -r answer || answer=
    fi
    case $answer in
        1 | y | Y | yes | Yes | YES) sh -c "$command" >&2 ;;
        *)
            say "Run:  $command"
            say "then: make setup    (or let it do so: YES=1 make setup)"
            exit 2
            ;;
    esac
    missing=$(missing_packages)
    if [ -n "$missing" ]; then
        say "Still missing after that:$missing"
        exit 2
    fi
}

make_environment() {
    say "Setting up .venv (this takes a minute the first time)"
    if command -v uv >/dev/null 2>&1; then
        [ -x .venv/bin/python ] && .venv/bin/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null ||
            uv venv --quiet --clear --python '>=3.11' .venv
        uv pip install --quiet --compile-bytecode --python .venv/bin/python --editable . --group dev
        return
    fi
    python=$(find_python)
    .venv/bin/python -c 'import pip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || "$python" -m venv --clear .venv
    # Dependency groups need pip 25.1.
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --editable . --group dev
}

# Loading the console from its sources takes a fifth of a second more each time, and where PYTHONDONTWRITEBYTECODE is set
# nobody else keeps what was compiled. Only changed files are compiled again.
compile_code() { .venv/bin/python -m compileall -q gastown_tui >/dev/null || say "The code could not be compiled ahead; it will start slower"; }

if is_warm; then
    compile_code
    exit 0
fi
install_missing
make_environment
compile_code
mkdir -p .setup
wanted >"$stamp.part"
mv "$stamp.part" "$stamp"
say "Ready: .venv/bin/gastown opens the console, .venv/bin/gt is for scripts"
