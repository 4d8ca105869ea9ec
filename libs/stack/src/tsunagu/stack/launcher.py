"""Starts one program so that it cannot outlive its supervisor, and never as root.

Run as a script by `process.Process`: `launcher.py PARENT_PID IDENTITY PROGRAM ARGUMENT…`. It replaces itself
with the program, so the program has the pid that the supervisor knows. It imports only the standard
library and takes about 15 ms.

On Linux the kernel sends SIGKILL to the program when the thread that started it ends, `kill -9` included.
macOS has no such signal: there a killed supervisor leaves its programs running until the next `tsunagu up`
or `tsunagu down`, which ends them by the pids and start times in the state file.

Identities: `caller` changes nothing. `namespace` (Linux) enters a user namespace in which the caller appears
as an ordinary user: files keep their owner, so nothing needs a chown. `nobody` becomes that user for good.
"""

import ctypes
import os
import pwd
import signal
import sys

_PR_SET_PDEATHSIG = 1
_CLONE_NEWUSER = 0x10000000
_EXIT_IDENTITY_REFUSED = 125


def enter_user_namespace() -> None:
    """Enter a user namespace that shows the caller as `nobody`; raises OSError where that is not allowed."""
    outside_uid, outside_gid = os.geteuid(), os.getegid()
    inside = pwd.getpwnam("nobody")
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), "user namespaces are not allowed here")
    # The kernel accepts a group map from an unprivileged process only after it gave up setgroups.
    for name, text in (
        ("setgroups", "deny"),
        ("gid_map", f"{inside.pw_gid} {outside_gid} 1"),
        ("uid_map", f"{inside.pw_uid} {outside_uid} 1"),
    ):
        with open(f"/proc/self/{name}", "w") as file:  # noqa: PTH123 - pathlib would cost 10 ms of start time
            file.write(text)


def become_nobody() -> None:
    """Give up root for the user `nobody`."""
    account = pwd.getpwnam("nobody")
    os.setgroups([])
    os.setgid(account.pw_gid)
    os.setuid(account.pw_uid)


def die_with_parent(parent_pid: int) -> None:
    """Have the kernel end this process with its parent; exit at once if the parent is gone already."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent_pid:
        sys.exit(0)


def main(arguments: list[str]) -> None:
    """Take on the identity, tie this process to its parent and become the program."""
    parent_pid, identity, program = int(arguments[0]), arguments[1], arguments[2:]
    try:
        if identity == "namespace":
            enter_user_namespace()
        elif identity == "nobody":
            become_nobody()
    except (OSError, KeyError) as error:
        sys.stderr.write(f"cannot run {program[0]} as {identity}: {error}\n")
        sys.exit(_EXIT_IDENTITY_REFUSED)
    # After the identity: the kernel forgets the parent-death signal when credentials change.
    die_with_parent(parent_pid)
    os.execv(program[0], program)  # noqa: S606 - becoming the program is the purpose


if __name__ == "__main__":
    main(sys.argv[1:])
