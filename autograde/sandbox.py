"""Put the calling process behind walls: its own view of the files, no network, no other processes, and limits.

Linux namespaces do the work, as in bubblewrap. We cannot use bubblewrap itself, because it starts a new program: the
student's process is forked from one that has imported torch already (see forkserver), and goes behind the walls
afterwards. Works as root and as an ordinary user where the system allows user namespaces.

Inside there are, read-only, the system's programs and libraries, Python with its packages, and the course's package
`striate`; a small /tmp in memory to write to; and nothing else. No solutions, no submissions, no gradebook.
"""
import ctypes
import math
import os
import resource
import signal
import struct
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

LIBC = ctypes.CDLL(None, use_errno=True)
NEW_MOUNTS, NEW_HOSTNAME, NEW_IPC, NEW_USER, NEW_PIDS, NEW_NETWORK = (
    0x20000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000)
MS_READ_ONLY, MS_NO_SUID, MS_NO_DEV, MS_REMOUNT, MS_BIND, MS_RECURSIVE, MS_PRIVATE = 1, 2, 4, 32, 4096, 16384, 1 << 18
DETACH = 2
WHOLE_NOTEBOOK = 10              # times the time limit of one cell
SYS_PIVOT_ROOT, SYS_MOUNT_SETATTR = {"x86_64": (155, 442), "aarch64": (41, 442)}.get(os.uname().machine, (None, None))
PR_SET_PARENT_DEATH_SIGNAL, PR_SET_DUMPABLE, PR_DROP_CAPABILITY, PR_SET_NO_NEW_PRIVILEGES = 1, 4, 24, 38

SYSTEM_FOLDERS = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/etc/alternatives", "/etc/fonts")
SYSTEM_FILES = ("/etc/ld.so.cache", "/etc/localtime", "/etc/passwd", "/etc/group", "/etc/nsswitch.conf",
                "/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")


@dataclass(frozen=True)
class Limits:
    cpu_seconds: int = 300           # of the student's process in all
    memory_bytes: int = 2 * 2**30    # of data, not counting libraries
    file_bytes: int = 64 * 2**20     # per file
    scratch_bytes: int = 256 * 2**20
    processes: int = 64              # and threads
    open_files: int = 256


def limits_for(timeout):
    """The limits of the process for a notebook. timeout: seconds for one cell or test."""
    return Limits(cpu_seconds=math.ceil(WHOLE_NOTEBOOK * timeout))


class NoSandbox(Exception):
    """This machine does not allow the namespaces that keep a student's code apart."""


def readable_folders():
    """What a student's process may read beside the system's own folders."""
    import striate
    folders = {sys.prefix, sys.base_prefix, *striate.__path__}
    folders |= {path for path in sys.path if Path(path).name in ("site-packages", "dist-packages")}
    if os.environ.get("STRIATE_DATA"):
        folders.add(os.environ["STRIATE_DATA"])
    return sorted(os.path.abspath(folder) for folder in folders if os.path.isdir(folder))


def enter(limits, folders, mount_point):
    """Go behind the walls. Call in a freshly forked process with one thread; returns in the process that may run code.

    folders: what may be read beside the system's own folders; mount_point: an empty folder, used by all alike.

    The calling process itself stays outside as a keeper: it waits, and ends as the student's process ended. Between
    the two stands the first process of the new PID namespace: when the keeper is killed, it and all others go too.
    """
    as_root = os.geteuid() == 0
    user, group = (100_000 + os.getpid(),) * 2 if as_root else (os.getuid(), os.getgid())
    _unshare(as_root, user, group)
    _fork_and_wait()
    _mount_own_files(limits, folders, mount_point)
    _drop_privileges(as_root, user, group)
    _call(LIBC.prctl(PR_SET_PARENT_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0), "prctl")
    _fork_and_wait()
    _call(LIBC.prctl(PR_SET_NO_NEW_PRIVILEGES, 1, 0, 0, 0), "prctl")
    os.environ.update(HOME="/tmp/home", TMPDIR="/tmp", MPLCONFIGDIR="/tmp/home", IPYTHONDIR="/tmp/home/.ipython")
    os.makedirs("/tmp/home", exist_ok=True)
    os.chdir("/tmp/home")
    set_limits(limits)


def try_out():
    """Go behind the walls in a process made for it. Raises NoSandbox with the reason if this machine does not let us."""
    reading, writing = os.pipe()
    with tempfile.TemporaryDirectory(prefix="striate-") as mount_point:
        child = os.fork()
        if child == 0:
            try:
                enter(Limits(), readable_folders(), mount_point)
                os.write(writing, b"inside")
            except BaseException as error:
                os.write(writing, str(error).encode())
            finally:
                os._exit(0)
        os.waitpid(child, 0)
        answer = os.read(reading, 1000).decode()
    os.close(reading)
    os.close(writing)
    if answer != "inside":
        raise NoSandbox(answer)


def set_limits(limits):
    """The kernel's limits for this process and its children. They cannot be raised again."""
    address_space = _address_space(2 * limits.memory_bytes)     # shared memory does not count as DATA
    for name, soft, hard in [
        ("CPU", limits.cpu_seconds, limits.cpu_seconds + 2), ("DATA", limits.memory_bytes, limits.memory_bytes),
        ("AS", address_space, address_space), ("FSIZE", limits.file_bytes, limits.file_bytes),
        ("NPROC", limits.processes, limits.processes), ("NOFILE", limits.open_files, limits.open_files), ("CORE", 0, 0),
    ]:
        resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (soft, hard))


def _address_space(more):
    """So many bytes more than are mapped now; torch's libraries are most of that. Without a /proc, no limit."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize() + more
    except OSError:
        return resource.RLIM_INFINITY


def _unshare(as_root, user, group):
    flags = NEW_MOUNTS | NEW_HOSTNAME | NEW_IPC | NEW_PIDS | NEW_NETWORK
    if as_root:
        _call(LIBC.unshare(flags), "unshare")
        return
    _call(LIBC.unshare(flags | NEW_USER), "unshare")
    for name, text in ("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1"):
        Path(f"/proc/self/{name}").write_text(text)


def _mount_own_files(limits, folders, root):
    """Build a new root in memory out of read-only views of what is needed, and leave the old one behind."""
    _mount("none", "/", None, MS_RECURSIVE | MS_PRIVATE)
    _mount("tmpfs", root, "tmpfs", MS_NO_SUID | MS_NO_DEV, "size=1m,mode=755")
    for folder in ("/tmp", "/dev/shm"):      # before the others: Python or the course may lie below /tmp
        os.makedirs(root + folder)
        _mount("tmpfs", root + folder, "tmpfs", MS_NO_SUID | MS_NO_DEV, f"size={limits.scratch_bytes},mode=1777")
    for folder in _outermost({*SYSTEM_FOLDERS, *folders}):
        if os.path.islink(folder) and folder in SYSTEM_FOLDERS:      # /bin -> usr/bin on a merged system
            os.symlink(os.readlink(folder), root + folder)
        elif os.path.isdir(folder):
            os.makedirs(root + folder, exist_ok=True)
            _mount(folder, root + folder, None, MS_BIND | MS_RECURSIVE)
            _make_read_only(root + folder)
    for file in filter(os.path.exists, SYSTEM_FILES):
        if not os.path.exists(root + file):
            os.makedirs(os.path.dirname(root + file), exist_ok=True)
            Path(root + file).touch()
            _mount(os.path.realpath(file), root + file, None, MS_BIND)
            if not file.startswith("/dev"):
                _make_read_only(root + file)
    os.makedirs(root + "/proc")
    try:
        _mount("proc", root + "/proc", "proc", MS_NO_SUID | MS_NO_DEV)
    except OSError:                          # inside some containers; Python does without
        pass
    _mount(None, root, None, MS_REMOUNT | MS_READ_ONLY | MS_NO_SUID | MS_NO_DEV, "size=1m,mode=755")
    os.chdir(root)
    _call(LIBC.syscall(SYS_PIVOT_ROOT, b".", b"."), "pivot_root")
    _call(LIBC.umount2(b".", DETACH), "umount")
    os.chdir("/")


def _outermost(folders):
    """The folders that lie in none of the others."""
    return sorted(folder for folder in folders
                  if not any(folder.startswith(other.rstrip("/") + "/") for other in folders))


def _drop_privileges(as_root, user, group):
    for capability in range(64):
        LIBC.prctl(PR_DROP_CAPABILITY, capability, 0, 0, 0)     # fails beyond the last one
    if as_root:
        os.setgroups([])
        os.setresgid(group, group, group)
        os.setresuid(user, user, user)
    version_3 = struct.pack("Ii", 0x20080522, 0)
    _call(LIBC.capset(version_3, struct.pack("6I", *[0] * 6)), "capset")
    _call(LIBC.prctl(PR_SET_DUMPABLE, 1, 0, 0, 0), "prctl")


def _fork_and_wait():
    """Go on in a child; the parent waits for it and then ends in the same way."""
    child = os.fork()
    if child == 0:
        return
    for number in signal.SIGINT, signal.SIGTERM:    # an interrupt goes to the whole group and is the student's code's
        signal.signal(number, signal.SIG_IGN)
    while True:                                     # as the namespace's first process it also buries orphans
        ended, status = os.wait()
        if ended == child:
            code = os.waitstatus_to_exitcode(status)
            os._exit(code if code >= 0 else 128 - code)


def _mount(source, target, kind, flags, options=None):
    source, target, kind, options = (text and os.fsencode(text) for text in (source, target, kind, options))
    _call(LIBC.mount(source, target, kind, ctypes.c_ulong(flags), options), f"mount {os.fsdecode(target)}")


def _make_read_only(path):
    attributes = struct.pack("QQQQ", MS_READ_ONLY | MS_NO_SUID, 0, 0, 0)
    recursive, here = 0x8000, -100
    _call(LIBC.syscall(SYS_MOUNT_SETATTR, here, os.fsencode(path), recursive, attributes, len(attributes)),
          f"make {path} read-only")


def _call(result, what):
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
