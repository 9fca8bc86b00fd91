"""The installed units in a Debian that boots: systemd-nspawn --boot.

usage: test_boot.py BUILD, with CMAKE in the environment; needs root, debootstrap,
systemd-nspawn and Debian's archive (the one that apt uses here). Exit code 77 with a
reason where one of them is missing.

The tree is made once, in BUILD/debian-tree, with the libraries that the daemon is
linked with; each run copies it. The checks are in boot.sh, a unit of that system, which
switches it off at the end. It has no network but its own loopback, so its fixed port is
nobody else's.
"""
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BUILD = Path(sys.argv[1]).resolve()
HERE = Path(__file__).resolve().parent
TREE = BUILD / "debian-tree"
TREE_SECONDS = 900
BOOT_SECONDS = 420

TEST_UNIT = """[Unit]
Description=Checks of ourod
After=multi-user.target
SuccessAction=poweroff
FailureAction=poweroff
[Service]
Type=oneshot
ExecStart=/bin/bash /ouro-test/boot.sh /ouro-test
TimeoutStartSec={seconds}
StandardOutput=file:/ouro-test/output
StandardError=file:/ouro-test/output
"""


def skip(reason):
    print("skipped:", reason)
    sys.exit(77)


def run(*command, **options):
    done = subprocess.run([str(word) for word in command], text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, **options)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, command))}: exit {done.returncode}\n{done.stdout[-4000:]}")
    return done.stdout


def codename():
    return re.search(r"^VERSION_CODENAME=(\w+)$", Path("/etc/os-release").read_text(), re.M)[1]


def archive():
    """Where apt gets this release of Debian from."""
    lines = run("apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages",
                "Origin: Debian", f"Codename: {codename()}", "Component: main").split()
    if not lines:
        skip("apt knows no Debian archive (apt-get update?)")
    return lines[0]


def packages():
    """What the daemon needs to run, by the names of their packages."""
    libraries = re.findall(r"=> (/\S+)", run("ldd", BUILD / "daemon/ourod"))
    names = {"libwebsockets-evlib-uv"}  # opened by name at run time
    for library in libraries:
        for path in (library, os.path.realpath(library), library.replace("/lib/", "/usr/lib/", 1)):
            done = subprocess.run(["dpkg-query", "-S", path], text=True, stdout=subprocess.PIPE,
                                  stderr=subprocess.DEVNULL)
            if done.returncode == 0:
                names.add(done.stdout.split(":")[0])
                break
        else:
            skip(f"{library} is of no package")
    return sorted(names | {"systemd", "systemd-sysv", "dbus", "procps", "curl", "passwd"})


def make_tree():
    """A system that boots, with the packages of today's build; kept for the next run."""
    wanted = "\n".join([archive(), *packages()])
    stamp = TREE / "ouro-packages"
    if stamp.exists() and stamp.read_text() == wanted:
        return
    shutil.rmtree(TREE, ignore_errors=True)
    began = time.monotonic()
    run("debootstrap", "--variant=minbase", f"--include={','.join(packages())}", codename(), TREE,
        archive(), timeout=TREE_SECONDS)
    for useless in ("usr/share/doc", "usr/share/man", "usr/share/locale", "var/cache/apt/archives"):
        shutil.rmtree(TREE / useless, ignore_errors=True)
    stamp.write_text(wanted)
    print(f"made a {codename()} tree in {time.monotonic() - began:.0f} s")


def readme_block(word):
    """The shell commands of README.md that speak of `word`, as they stand there."""
    text = (HERE / "../../README.md").read_text()
    return next(block for block in re.findall(r"^```sh\n(.*?)^```", text, re.M | re.S) if word in block)


def make_certificate(directory):
    """A certificate for the container, which is its own authority."""
    run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
        "-days", "2", "-subj", "/CN=gc.example.org", "-addext", "subjectAltName=DNS:gc.example.org",
        "-keyout", directory / "tls.key", "-out", directory / "tls.pem", cwd=directory)


def install(root):
    run("cp", "-a", TREE, root)
    run(os.environ["CMAKE"], "--install", BUILD, "--prefix", "/usr", env=dict(os.environ, DESTDIR=str(root)))
    test = root / "ouro-test"
    test.mkdir()
    shutil.copy(HERE / "boot.sh", test)
    (test / "tls.sh").write_text(readme_block("/etc/ouro/conf.d/tls.conf"))
    make_certificate(test)
    (root / "etc/systemd/system/ouro-test.service").write_text(TEST_UNIT.format(seconds=BOOT_SECONDS - 60))
    wants = root / "etc/systemd/system/multi-user.target.wants"
    wants.mkdir(exist_ok=True)
    (wants / "ouro-test.service").symlink_to("/etc/systemd/system/ouro-test.service")
    run("systemctl", f"--root={root}", "enable", "ourod.socket")
    for noise in ("getty.target", "systemd-logind.service", "apt-daily.timer", "apt-daily-upgrade.timer"):
        run("systemctl", f"--root={root}", "mask", noise)
    return test


def descendants(pid):
    """Processes below `pid`, the nearest first."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(fields[1]) == pid:
            found.append(int(entry.parent.name))
    return found + [below for child in list(found) for below in descendants(child)]


def boot(root):
    """Boot and wait until it has switched itself off; what the console said."""
    console = tempfile.TemporaryFile()
    process = subprocess.Popen(
        ["systemd-nspawn", "--quiet", "--register=no", "--keep-unit", "--private-network",
         f"--directory={root}", "--boot", "--console=pipe"],
        stdin=subprocess.DEVNULL, stdout=console, stderr=subprocess.STDOUT)
    try:
        process.wait(BOOT_SECONDS)
    except subprocess.TimeoutExpired:
        print(f"it did not switch itself off within {BOOT_SECONDS} s")
    finally:
        if process.poll() is None:
            # The container's init is a child of ours; with it goes the whole container.
            for pid in descendants(process.pid)[:1]:
                os.kill(pid, signal.SIGKILL)
            process.kill()
            process.wait()
    console.seek(0)
    return console.read().decode(errors="replace")


def main():
    if os.geteuid() != 0:
        skip("only root can boot a container")
    for tool in ("debootstrap", "openssl", "systemd-nspawn", "systemctl", "apt-get"):
        if not shutil.which(tool):
            skip(f"{tool} is missing")
    make_tree()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="ouro-boot-", dir=BUILD) as temporary:
        root = Path(temporary, "root")
        test = install(root)
        console = boot(root)
        results = test / "results"
        text = results.read_text() if results.exists() else ""
        print(text)
        lines = text.splitlines()
        failed = [line for line in lines if line.startswith("not ok")]
        passed = [line for line in lines if line.startswith("ok")]
        checks = len(re.findall(r"^check \w+ ", (HERE / "boot.sh").read_text(), re.M))
        if failed or lines[-1:] != ["done"] or len(passed) != checks:
            for name in ("output", "journal"):
                if (test / name).exists():
                    print(f"--- {name}\n{(test / name).read_text(errors='replace')[-8000:]}")
            print(f"--- console\n{console[-4000:]}")
            raise SystemExit(f"{len(passed)} of {checks} checks passed")
    print(f"{len(passed)} checks passed, {time.monotonic() - began:.0f} s")


main()
