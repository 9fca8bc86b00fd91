"""ouroctl against the real daemon: every command, each output, each exit code."""

import csv
import io
import json
import os
import pty
import re
import signal
import socket
import subprocess
import tempfile
import threading
import unittest

from certificates import Authority
from daemon import PATIENCE, Daemon
from ouroctl import (HEAPS, OK, OUROCTL, REFUSED, TIMED_OUT, UNREACHABLE, USAGE, Follower, WithDaemon, environment,
                     run)


class Queries(WithDaemon):
    def test_status(self):
        lines = self.table("status")
        self.assertRegex(lines[0], r"^ourod \S+ at http://127\.0\.0\.1:\d+, up .+, pid \d+, .+ resident$")
        self.assertIn("you are operator", lines[1])
        self.assertRegex(lines[3], r"^HEAP +WORKLOAD +AUTO +GEN 0")
        self.assertEqual([line.split()[0] for line in lines[4:]], HEAPS)
        status = self.json("status")
        self.assertEqual(status["role"], "operator")
        self.assertEqual(status["server"]["pid"], self.daemon.process.pid)
        self.assertEqual([heap["sample"]["heap"] for heap in status["heaps"]], HEAPS)
        rows = self.csv("status")
        self.assertEqual([row["id"] for row in rows], HEAPS)
        self.assertEqual(rows[1]["sample.generations.0.threshold"], "700")
        self.assertEqual(rows[2]["sample.live_objects"], "0")

    def test_heaps(self):
        lines = self.table("heaps")
        self.assertEqual([line.split()[0] for line in lines], ["HEAP", *HEAPS])
        self.assertEqual([heap["id"] for heap in self.json("heaps")["heaps"]], HEAPS)
        self.assertEqual(self.csv("heaps")[1]["thresholds"], "700 10 10")

    def test_workloads_are_shown_started_changed_and_stopped(self):
        rows = self.csv("workload", "workshop")
        self.assertEqual({row["heap"] for row in rows}, {"workshop"})
        self.assertIn("leak", [row["name"] for row in rows])
        self.assertEqual(len(self.csv("workload")), len(rows) + 1)  # and documents
        (row,) = self.csv("workload", "workshop", "churn", "rate=100", "window=7")
        self.assertEqual((row["name"], row["running"]), ("churn", "true"))
        self.assertIn("rate=100 ", row["words"])
        self.assertIn("window=7 ", row["words"])
        (row,) = self.csv("workload", "workshop", "rate=50")
        self.assertIn("rate=50 ", row["words"])
        for wrong, code, said in ((["rate=much"], USAGE, "NAME=NUMBER, not 'rate=much'"),
                                  (["stop", "rate=1"], USAGE, "stop takes no settings"),
                                  (["rate=-1"], REFUSED, "rate"), (["nothing"], REFUSED, "churn")):
            done = run("workload", "workshop", *wrong, env=self.env())
            self.assertEqual(done.returncode, code, done.stderr)
            self.assertIn(said, done.stderr)
        (row,) = self.csv("workload", "workshop", "stop")
        self.assertEqual(row["running"], "false")

    def test_types(self):
        rows = self.csv("types", "documents")
        self.assertIn("json.Array", [row["type"] for row in rows])
        self.assertTrue(all(row["heap"] == "documents" for row in rows))
        bytes_of = [int(row["bytes"]) for row in rows]
        self.assertEqual(bytes_of, sorted(bytes_of, reverse=True))
        self.assertIn("OBJECTS", self.table("types")[0])
        self.assertIn("more types", self.table("types", "documents", "--limit", "1")[-1])
        self.assertEqual(len(self.json("types", "documents", "-l", "2")["types"]), 2)

    def test_growth_between_two_counts(self):
        follower = Follower("types", "playground", "--growth", "600ms", "-o", "csv", env=self.env())
        # Objects are made until it ends; those of before the first count do not matter.
        made = 0
        while follower.process.poll() is None:
            made += 1
            self.daemon.rpc("repl.eval", heap="playground", code=f"grown{made} = Person('g')")
        code, out, errors = follower.end(0)
        self.assertEqual((code, errors), (OK, ""))
        rows = {row["type"]: row for row in csv.DictReader(io.StringIO(out))}
        self.assertGreater(int(rows["Person"]["grown_objects"]), 0)
        self.assertLessEqual(int(rows["Person"]["grown_objects"]), made)
        for number in range(1, made + 1):
            self.daemon.rpc("repl.eval", heap="playground", code=f"del grown{number}")

    def test_graph(self):
        for code in ("one = Person('One')", "two = Person('Two \"q\"')", "one.friend = two", "two.friend = one"):
            self.assertEqual(run("repl", "-e", code, env=self.env()).returncode, OK)
        rows = {row["text"]: row for row in self.csv("graph", "playground")}
        self.assertIn("friend=" + rows["Person('One')"]["id"], [row["refers_to"] for row in rows.values()])
        dot = self.ctl("graph", "playground", "--dot").stdout
        self.assertTrue(dot.startswith('digraph "playground" {\n') and dot.endswith("}\n"))
        self.assertIn('[label="friend"]', dot)
        self.assertEqual(dot.replace('\\"', "").count('"') % 2, 0)
        root = rows["Person('One')"]["id"]
        self.assertEqual(self.json("graph", "playground", "--root", root)["nodes"][0]["id"], root)
        done = self.ctl("graph", "documents", "-l", "2", "-o", "csv")
        self.assertIn("there is more", done.stderr)
        self.ctl("graph", "playground", "--root", "0x1", code=REFUSED)
        self.ctl("graph", "playground", token=self.daemon.observer, code=REFUSED)

    def test_what_holds_an_object(self):
        for code in ("inner = Person('Inner')", "outer = Person('Outer')", "outer.friend = inner", "del inner"):
            self.daemon.rpc("repl.eval", heap="playground", code=code)
        rows = {row["text"]: row for row in self.csv("objects", "playground", "--type", "Person", "-n", "100")}
        inner = rows["Person('Inner')"]["id"]
        path = self.csv("why", "playground", inner)
        self.assertEqual([row["object.text"] for row in path], ["Person('Outer')", "Person('Inner')"])
        self.assertEqual([row["field"] for row in path], ["friend", ""])
        self.assertIn("held from", self.table("why", "playground", inner)[0])
        lines = self.ctl("objects", "documents", "-n", "1500", "-o", "json").stdout.splitlines()
        self.assertEqual(len({json.loads(line)["id"] for line in lines}), 1500)
        self.assertEqual(len(self.table("objects", "documents", "-n", "3")), 4)
        self.ctl("why", "playground", "0x1", code=REFUSED)
        self.ctl("why", "playground", code=USAGE)
        self.daemon.rpc("repl.eval", heap="playground", code="del outer")

    def test_statements_from_a_pipe(self):
        with tempfile.TemporaryFile("w+") as file:
            file.write("x = Person('X')\n\nx\ndel x\n")
            file.seek(0)
            done = self.ctl("repl", stdin=file)
        self.assertEqual(done.stdout, "+ Person('X')\nPerson('X')\n- Person('X')\n")
        with tempfile.TemporaryFile("w+") as file:
            file.write("no statement\nx = Person('X')\ndel x")
            file.seek(0)
            done = self.ctl("repl", stdin=file, code=REFUSED)
        self.assertIn("line 1, column", done.stderr)
        self.assertEqual(done.stdout, "+ Person('X')\n- Person('X')\n")

    def test_statements_answer_as_python_prints(self):
        with tempfile.TemporaryFile("w+") as file:
            file.write("p = Phoenix('P')\nw = weakref.ref(p)\ndel p\nw() is saved\n"
                       "x = [saved]\nx\nlen(x)\ndel x, saved, w\n")
            file.seek(0)
            done = self.ctl("repl", stdin=file)
        self.assertEqual(done.stdout.splitlines(), [
            "+ Phoenix('P')", "! Phoenix('P')", "True", "+ list", "[Phoenix('P')]", "1",
            "- list", "- Phoenix('P')"])
        told = self.ctl("repl", "-e", "help").stdout.splitlines()
        self.assertGreater(len(told), 8)
        self.assertTrue(any("weakref.ref(x)" in line for line in told))

    def terminal(self, *words, until, keys=(), end=None):
        """What a command shows on a terminal until it shows `until` after the last key."""
        pid, fd = pty.fork()
        if pid == 0:
            os.execve(OUROCTL, [OUROCTL, *words], {**environment(**self.env()), "TERM": "xterm"})
        shown, keys = b"", list(keys)
        while True:
            try:
                part = os.read(fd, 65536)
            except OSError:
                break
            shown += part
            if keys and keys[0][0] in shown:
                os.write(fd, keys.pop(0)[1])
            if not keys and end and until in shown:
                os.kill(pid, end)
                end = None
        os.close(fd)
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), shown.decode()

    def test_screen_that_renews_itself(self):
        code, shown = self.terminal("top", "-i", "100ms", until=b"\x1b[J\x1b[H", end=signal.SIGINT)
        self.assertEqual(code, OK)
        self.assertTrue(shown.startswith("\x1b[?1049h\x1b[?25l"))
        self.assertTrue(shown.endswith("\x1b[?25h\x1b[?1049l"))
        self.assertIn("ALLOC/S", shown)
        self.assertIn("needs a terminal", self.ctl("top", code=USAGE).stderr)

    def test_statements_that_are_typed(self):
        code, shown = self.terminal("repl", until=b"", keys=[
            (b"> ", b"t = Person('T')\n"), (b"+ Person", b"del t\n"), (b"- Person", b"\x04")])
        self.assertEqual(code, OK)
        self.assertIn("+ Person('T')", shown)

    def test_headings_are_bold_on_a_terminal_alone(self):
        self.assertIn("\x1b[1mHEAP", self.terminal("heaps", until=b"", end=None)[1])
        self.assertNotIn("\x1b", self.ctl("heaps").stdout)

    def test_pools(self):
        lines = self.table("pools", "documents")
        self.assertRegex(lines[0], r"^documents: .+ used, .+ free within, fragmentation .+ %$")
        self.assertIn("SIZE", lines[5])
        pools = self.json("pools", "documents")
        self.assertGreater(pools["used_bytes"], 0)
        rows = self.csv("pools")
        self.assertIn("documents", {row["heap"] for row in rows})
        self.assertTrue(all(int(row["pools"]) > 0 for row in rows))

    def test_pools_can_be_followed(self):
        follower = Follower("pools", "documents", "--follow", "-o", "json", env=self.env())
        seen = [json.loads(follower.line()) for _ in range(2)]
        self.assertEqual({event["heap"] for event in seen}, {"documents"})
        self.assertEqual(follower.end()[0], OK)

    def test_pauses(self):
        self.daemon.rpc("gc.collect", heap="documents")
        lines = self.table("pauses", "documents")
        self.assertRegex(lines[0], r"^HEAP +GEN +COLLECTIONS +P50")
        self.assertTrue(any("####" in line for line in lines))
        rows = {row["generation"]: row for row in self.csv("pauses", "documents")}
        self.assertEqual(int(rows["all"]["count"]), sum(int(rows[g]["count"]) for g in rows if g != "all"))
        self.assertLessEqual(int(rows["all"]["p50_ns"]), int(rows["all"]["max_ns"]))
        self.assertEqual(self.json("pauses", "documents")["pauses"][0]["heap"], "documents")
        rows = {row["generation"]: row for row in self.csv("pauses", "documents", "--last", "3")}
        self.assertEqual(rows["all"]["count"], "3")

    def test_history(self):
        newest = self.daemon.rpc("gc.collect", heap="playground")
        while newest.get("code") == -32007:
            newest = self.daemon.rpc("gc.collect", heap="playground")
        rows = []
        while not rows or int(rows[0]["seq"]) < newest["seq"]:  # it is stored within a second
            rows = self.csv("history", "playground", "-n", "1")
        self.assertEqual(int(rows[0]["pause_ns"]), newest["pause_ns"])
        lines = self.table("history", "documents", "-n", "5", "--since", "1h")
        self.assertRegex(lines[0], r"^HEAP +SEQ +WHEN")
        numbers = [json.loads(line)["seq"] for line in
                   self.ctl("history", "documents", "-o", "json", "-n", "2000").stdout.splitlines()]
        self.assertEqual(numbers, sorted(numbers, reverse=True))
        self.assertEqual(numbers[-1], 1)
        self.assertEqual(self.csv("history", "playground", "--since", "1ms"), [])

    def test_audit(self):
        self.daemon.rpc("gc.collect", heap="playground", generation=1, dry_run=True)
        rows = self.csv("audit", "playground", "-n", "1")
        self.assertEqual([(row["method"], row["detail"], row["ok"]) for row in rows],
                         [("gc.collect", "generation 1, dry run", "true")])
        self.assertRegex(self.table("audit", "-n", "3", "--since", "1h")[0], r"^WHEN +WHO +WHAT +HEAP")
        entries = [json.loads(line) for line in self.ctl("audit", "-o", "json", "-n", "5000").stdout.splitlines()]
        self.assertEqual(entries, self.daemon.rpc("history.audit", limit=1000)["entries"])
        self.assertEqual(self.csv("audit", "nobody"), [])

    def test_stat(self):
        lines = self.table("stat", "documents", "-i", "100ms", "-n", "3")
        self.assertEqual(len(lines), 4)
        self.assertRegex(lines[1], r"^\d\d:\d\d:\d\d\.\d{3}  documents ")
        objects = self.json_lines("stat", "documents", "-i", "100ms", "-n", "3", "-o", "json")
        self.assertNotIn("collections_per_s", objects[0])
        self.assertGreater(objects[2]["allocated_objects_per_s"], 0)
        rows = self.csv("stat", "-i", "100ms", "-n", "2")
        self.assertEqual(sorted(row["heap"] for row in rows), sorted(HEAPS * 2))

    def json_lines(self, *words, **options):
        return [json.loads(line) for line in self.ctl(*words, **options).stdout.splitlines()]

    def test_url_logs_one_browser_in(self):
        done = self.ctl("url")
        self.assertRegex(done.stdout, r"^http://127\.0\.0\.1:\d+/\?token=\S+\n$")
        self.assertIn("good for one browser, within 1 min", done.stderr)
        path = done.stdout.strip().removeprefix(self.daemon.url.rstrip("/"))
        self.assertEqual(self.daemon.http("GET", path)[0], 302)
        self.assertIn("url", self.json("url", "--role", "observer"))

    def test_raw_sends_what_it_is_given(self):
        self.assertEqual(json.loads(self.ctl("raw", "heap.list").stdout)["id"], 1)
        answer = self.ctl("raw", '{"id": "mine", "method": "gc.get_count", "params": {"heap": "documents"}}')
        self.assertEqual(json.loads(answer.stdout)["id"], "mine")
        self.assertEqual(len(answer.stdout.splitlines()), 1)
        answer = self.ctl("raw", "gc.get_count", '{"heap": "nope"}', code=REFUSED)
        self.assertEqual(json.loads(answer.stdout)["error"]["data"]["name"], "no_such_heap")
        with tempfile.TemporaryFile("w+") as file:
            file.write('{"method": "server.info"}')
            file.seek(0)
            self.assertIn("result", json.loads(self.ctl("raw", "-", stdin=file).stdout))

    def test_observers_may_ask(self):
        for words in (["status"], ["heaps"], ["types"], ["pools"], ["pauses"], ["threshold"],
                      ["events", "documents", "-n", "1"], ["stat", "-n", "1"]):
            self.ctl(*words, token=self.daemon.observer)

    def test_http_proxy_of_the_environment_is_not_asked(self):
        done = run("heaps", env={**self.env(), "http_proxy": "http://127.0.0.1:1"})
        self.assertEqual(done.returncode, OK, done.stderr)

    def test_token_from_a_file_and_never_from_the_arguments(self):
        with tempfile.NamedTemporaryFile("w") as file:
            file.write(self.daemon.operator + "\n")
            file.flush()
            done = run("heaps", "-s", self.daemon.url, "--token-file", file.name)
            self.assertEqual(done.returncode, OK, done.stderr)
        self.assertNotIn("--token ", run("--help").stdout)


class Commands(WithDaemon):
    def setUp(self):
        # The cool-down of the tests before.
        self.daemon.rpc("gc.enable", heap="documents")

    def collect(self, *words, **options):
        """Outside of the cool-down of a collection before."""
        while True:
            done = run("collect", *words, env=self.env())
            if "was collected" not in done.stderr:
                self.assertEqual(done.returncode, options.get("code", OK), done.stderr)
                return done

    def test_collect_shows_the_record_that_everybody_gets(self):
        record = json.loads(self.collect("documents", "-o", "json").stdout)
        self.assertEqual((record["generation"], record["reason"]), (2, "remote"))
        record = json.loads(self.collect("-o", "json", "documents", "-g0").stdout)
        self.assertEqual(record["generation"], 0)
        self.assertRegex(self.collect("documents").stdout, r"^HEAP +SEQ +GEN +PAUSE")

    def test_a_dry_run_predicts(self):
        record = json.loads(self.collect("documents", "--dry-run", "-o", "json").stdout)
        self.assertTrue(record["dry_run"])
        self.assertIn("PREDICTED PAUSE", self.collect("documents", "--dry-run").stdout)

    def test_the_cool_down_says_when_to_come_again(self):
        with Daemon("--limits-cool-down-ms", "60000") as daemon:
            env = {"OURO_SERVER": daemon.url, "OURO_TOKEN": daemon.operator}
            self.assertEqual(run("collect", "playground", env=env).returncode, OK)
            done = run("collect", "playground", env=env)
        self.assertEqual(done.returncode, REFUSED)
        self.assertRegex(done.stderr, r"try again in \d+ ms")

    def test_thresholds(self):
        row = self.csv("threshold", "documents", "800", "11")[0]
        self.assertEqual((row["thresholds.0"], row["thresholds.1"], row["thresholds.2"]), ("800", "11", "10"))
        self.assertEqual(self.csv("threshold", "documents")[0]["thresholds.0"], "800")
        self.assertEqual([row["heap"] for row in self.csv("threshold")], HEAPS)
        self.ctl("threshold", "documents", "700", "10", "10")

    def test_what_is_on_trial_is_shown_and_kept(self):
        done = self.ctl("threshold", "documents", "650", "--revert-after", "1h")
        self.assertIn("ouroctl keep documents", done.stderr)
        self.assertIn("BACK TO", done.stdout)
        self.assertEqual(self.csv("threshold")[0]["revert.thresholds"], "700 10 10")
        self.assertTrue(self.json("keep", "documents")["kept"])
        self.assertIn("nothing was on trial", self.ctl("keep", "documents", code=REFUSED).stderr)
        self.ctl("threshold", "documents", "700")

    def test_switches(self):
        self.assertFalse(self.json("disable", "documents", "--revert-after", "1h")["enabled"])
        self.assertTrue(self.json("enable", "documents")["enabled"])
        self.assertGreater(self.json("freeze", "documents")["frozen_objects"], 0)
        self.assertEqual(self.csv("unfreeze", "documents")[0]["frozen_objects"], "0")

    def test_a_command_wants_to_know_which_of_several_heaps(self):
        for name in ("collect", "enable", "disable", "freeze", "unfreeze", "keep"):
            done = self.ctl(name, code=USAGE)
            self.assertIn("name one of documents, playground, workshop", done.stderr)
        self.assertIn("name one of", self.ctl("threshold", "700", code=USAGE).stderr)

    def test_observers_may_not_command(self):
        for words in (["collect", "documents"], ["threshold", "documents", "700"], ["freeze", "documents"],
                      ["url"]):
            done = self.ctl(*words, token=self.daemon.observer, code=REFUSED)
            self.assertIn("operator's token", done.stderr)
            self.assertEqual(done.stdout, "")


class Mistakes(WithDaemon):
    def test_usage(self):
        for words, hint in (([], "what shall it do"), (["nope"], "no command 'nope'"),
                            (["collect", "--nope"], "no option --nope of collect"),
                            (["collect", "-g", "3"], "0 to 2"), (["heaps", "-o", "xml"], "table|json|csv"),
                            (["raw"], "raw needs"), (["raw", "[]"], "one JSON object"), (["raw", "{"], "not JSON"),
                            (["heaps", "-s", "nowhere"], "a server is"),
                            (["threshold", "documents", "x"], "integer from 0"),
                            (["threshold", "1", "2", "3", "4"], "3 thresholds"),
                            (["events", "--after", "x"], "--after is a number"),
                            (["events", "-o", "csv", "--topics", "sample,pools"], "one topic"),
                            (["completion", "fish"], "bash and zsh"),
                            (["heaps", "--ca", "/nonexistent"], "no certificates"),
                            (["heaps", "--ca", "/dev/null"], "no certificates"),
                            (["heaps", "--token-file", "/nonexistent"], "No such file")):
            with self.subTest(words=words):
                done = self.ctl(*words, code=USAGE)
                self.assertIn(hint, done.stderr)
                self.assertEqual(done.stdout, "")

    def test_a_heap_that_is_not_there(self):
        for words in (["collect", "nope"], ["types", "nope"], ["events", "nope"], ["threshold", "nope", "1"]):
            done = self.ctl(*words, code=REFUSED)
            self.assertIn("nope", done.stderr)
        self.assertIn("the heaps here are: documents, playground, workshop", done.stderr)

    def test_wrong_and_missing_tokens(self):
        done = self.ctl("heaps", token="wrong", code=REFUSED)
        self.assertIn("does not know this token", done.stderr)
        done = run("heaps", "-s", self.daemon.url)
        self.assertEqual(done.returncode, REFUSED)
        self.assertIn("wants a token", done.stderr)
        self.assertIn("OURO_TOKEN", done.stderr)

    def test_a_name_that_the_daemon_does_not_serve(self):
        with Daemon("--listen", "0.0.0.0:0", "--insecure") as daemon:
            done = run("heaps", "-s", f"http://127.0.0.2:{daemon.port}", env={"OURO_TOKEN": daemon.operator})
        self.assertEqual(done.returncode, REFUSED, done.stderr)
        self.assertIn("under this name", done.stderr)

    def test_nobody_there(self):
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            done = run("heaps", "-s", "http://127.0.0.1:%d" % unused.getsockname()[1])
        self.assertEqual(done.returncode, UNREACHABLE)
        self.assertIn("Connection refused", done.stderr)
        done = run("heaps", "-s", "unix:/nonexistent/control.sock")
        self.assertEqual(done.returncode, UNREACHABLE)
        self.assertIn("No such file", done.stderr)
        done = run("heaps", "-s", "http://name.invalid:1")
        self.assertEqual(done.returncode, UNREACHABLE)
        self.assertIn("name.invalid is not known", done.stderr)

    def test_somebody_else_there(self):
        def serve(listener, answer):
            connection, _ = listener.accept()
            connection.recv(4096)
            connection.sendall(answer)
            connection.close()

        for answer, words in ((b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "is not ourod"),
                              (b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
                               "is not ourod"),
                              (b"SSH-2.0-OpenSSH\r\n", "not as ourod does"), (b"", "not as ourod does")):
            with self.subTest(answer=answer), socket.create_server(("127.0.0.1", 0)) as listener:
                thread = threading.Thread(target=serve, args=(listener, answer))
                thread.start()
                done = run("heaps", "-s", "http://127.0.0.1:%d" % listener.getsockname()[1])
                # The second attempt, which asks for the reason, finds the listener too.
                thread.join(PATIENCE)
                self.assertEqual(done.returncode, UNREACHABLE, done.stderr)
                self.assertIn(words, done.stderr)

    def test_no_answer_in_time(self):
        with tempfile.TemporaryDirectory() as directory, socket.socket(socket.AF_UNIX) as silent:
            path = os.path.join(directory, "s")
            silent.bind(path)
            silent.listen()
            done = run("heaps", "-s", "unix:" + path, "--timeout", "200ms")
            self.assertEqual(done.returncode, TIMED_OUT)
            self.assertIn("did not answer within 200 ms", done.stderr)

    def test_output_that_cannot_be_written(self):
        with open("/dev/full", "w", encoding="utf-8") as full:
            done = subprocess.run([OUROCTL, "heaps"], stdout=full, stderr=subprocess.PIPE, text=True,
                                  env=environment(**self.env()), timeout=PATIENCE)
        self.assertEqual(done.returncode, REFUSED)
        self.assertIn("No space left", done.stderr)

    def test_output_that_is_closed(self):
        done = subprocess.run(["/bin/sh", "-c", f"exec {OUROCTL} heaps >&-"], stderr=subprocess.PIPE, text=True,
                              env=environment(**self.env()), timeout=PATIENCE)
        self.assertEqual(done.returncode, REFUSED, done.stderr)

    def test_a_reader_that_has_enough_ends_the_stream_quietly(self):
        for words in ("events documents", "stat documents -i 100ms", "events playground"):
            line = f"{OUROCTL} {words} | head -n 1 >/dev/null; exit ${{PIPESTATUS[0]}}"
            if "playground" in words:  # nothing happens there: the end of the reader alone ends it
                line = line.replace("head -n 1", "true")
            done = subprocess.run(["/bin/bash", "-c", line], stderr=subprocess.PIPE, text=True,
                                  env=environment(**self.env()), timeout=PATIENCE)
            self.assertEqual((done.returncode, done.stderr), (OK, ""), words)

    def test_signals(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            follower = Follower("events", "documents", env=self.env())
            follower.line()
            code, _, errors = follower.end(number)
            self.assertEqual((code, errors), (OK, ""))
        with socket.create_server(("127.0.0.1", 0)) as silent:
            env = {**self.env(), "OURO_SERVER": "http://127.0.0.1:%d" % silent.getsockname()[1]}
            follower = Follower("heaps", env=env)
            connection, _ = silent.accept()
            with connection:
                connection.recv(10)
                self.assertEqual(follower.end(signal.SIGINT)[0], -signal.SIGINT)


class Limits(unittest.TestCase):
    def test_questions_about_many_heaps_wait_for_their_turn(self):
        with Daemon("--limits-commands-a-second", "4") as daemon:
            done = run("types", env={"OURO_SERVER": daemon.url, "OURO_TOKEN": daemon.operator})
            self.assertEqual((done.returncode, done.stderr), (OK, ""))
            done = run("pauses", "--timeout", "1ms", env={"OURO_SERVER": daemon.url, "OURO_TOKEN": daemon.operator})
            self.assertIn(done.returncode, (REFUSED, TIMED_OUT))

    def test_a_daemon_that_is_read_only_says_so(self):
        with Daemon("--read-only") as daemon:
            env = {"OURO_SERVER": daemon.url, "OURO_TOKEN": daemon.operator}
            done = run("collect", "documents", env=env)
            self.assertEqual(done.returncode, REFUSED)
            self.assertIn("read_only", done.stderr)
            self.assertNotIn("token", done.stderr)
            self.assertIn("read-only", run("status", env=env).stdout)

    def test_a_path_in_front_of_the_daemon(self):
        with Daemon("--base-path", "/ouro") as daemon:
            env = {"OURO_SERVER": daemon.url.rstrip("/") + "/ouro/", "OURO_TOKEN": daemon.operator}
            self.assertEqual(run("heaps", env=env).returncode, OK)


class ControlSocket(unittest.TestCase):
    def test_without_an_address_the_socket_of_the_user_is_found(self):
        with tempfile.TemporaryDirectory(prefix="ouro-e2e-") as directory:
            os.mkdir(os.path.join(directory, "ouro"), 0o700)
            with Daemon("--runtime-dir", os.path.join(directory, "ouro")):
                if os.path.exists("/run/ouro/control.sock"):
                    self.skipTest("a service runs on this host")
                # The token of the environment is for elsewhere: here the kernel vouches.
                done = run("heaps", env={"XDG_RUNTIME_DIR": directory, "OURO_TOKEN": "wrong"})
                self.assertEqual(done.returncode, OK, done.stderr)
                done = run("status", env={"XDG_RUNTIME_DIR": directory})
                self.assertIn(f"unix:{directory}/ouro/control.sock", done.stdout)
                self.assertIn("you are operator", done.stdout)
                done = run("url", env={"XDG_RUNTIME_DIR": directory})
                self.assertRegex(done.stdout, "^http://127")


class Tls(unittest.TestCase):
    def test_certificates_are_checked(self):
        with tempfile.TemporaryDirectory(prefix="ouro-tls-") as directory:
            authority = Authority(directory)
            certificate, key = authority.issue("server")
            other = Authority(tempfile.mkdtemp(dir=directory))
            with Daemon("--tls-certificate", certificate, "--tls-key", key) as daemon, Daemon() as plain:
                env = {"OURO_TOKEN": daemon.operator}
                for host in ("localhost", "127.0.0.1"):
                    done = run("-s", f"https://{host}:{daemon.port}", "--ca", authority.certificate, "heaps", env=env)
                    self.assertEqual(done.returncode, OK, host + ": " + done.stderr)
                server = ["-s", f"https://localhost:{daemon.port}"]
                for wrong in ([], ["--ca", other.certificate]):
                    done = run(*server, *wrong, "heaps", env=env)
                    self.assertEqual(done.returncode, UNREACHABLE, done.stderr)
                    self.assertIn("certificate", done.stderr)
                done = run(*server, "--insecure-tls", "heaps", env=env)
                self.assertEqual(done.returncode, OK, done.stderr)
                for wrong in ("http", "https"):
                    port = daemon.port if wrong == "http" else plain.port
                    done = run("-s", f"{wrong}://localhost:{port}", "heaps", env=env)
                    self.assertEqual(done.returncode, UNREACHABLE, done.stderr)
                    self.assertIn("not as ourod does", done.stderr)
            certificate, key = authority.issue("elsewhere", names="DNS:elsewhere.example,IP:192.0.2.1")
            with Daemon("--tls-certificate", certificate, "--tls-key", key) as daemon:
                for host in ("localhost", "127.0.0.1"):
                    done = run("-s", f"https://{host}:{daemon.port}", "--ca", authority.certificate, "heaps",
                               env={"OURO_TOKEN": daemon.operator})
                    self.assertEqual(done.returncode, UNREACHABLE, done.stderr)
                    self.assertIn("certificate", done.stderr)


class Words(unittest.TestCase):
    def commands(self):
        text = run("--help").stdout
        return re.findall(r"^  (\w+)  +\S", text.split("\ncommands:\n")[1].split("\n\n")[0], re.M)

    def test_help_of_everything_fits_a_terminal(self):
        self.assertEqual(run("--version").stdout.split()[0], "ouroctl")
        self.assertIn("collect", self.commands())
        for words in ([], *[[name] for name in self.commands()]):
            done = run(*words, "--help")
            self.assertEqual((done.returncode, done.stderr), (OK, ""))
            self.assertTrue(done.stdout.startswith("usage: ouroctl"))
            for line in done.stdout.splitlines():
                self.assertLessEqual(len(line), 80, line)

    def complete(self, line, env=None):
        """What bash offers for a line that ends where the cursor is."""
        script = ('eval "$(' + OUROCTL + ' completion bash)"; ouroctl() { ' + OUROCTL + ' "$@"; }; '
                  'COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _ouroctl; printf "%s\\n" "${COMPREPLY[@]}"')
        done = subprocess.run(["/bin/bash", "-c", script, "bash", *line.split(" ")], capture_output=True, text=True,
                              env=environment(**(env or {})), timeout=PATIENCE)
        self.assertEqual((done.returncode, done.stderr), (OK, ""))
        return done.stdout.split()

    def test_bash_completes_commands_options_values_and_heaps(self):
        self.assertEqual(sorted(self.complete("ouroctl ")), sorted(self.commands()))
        self.assertEqual(self.complete("ouroctl coll"), ["collect"])
        self.assertIn("--dry-run", self.complete("ouroctl collect --"))
        self.assertIn("--timeout", self.complete("ouroctl collect --t"))
        self.assertEqual(self.complete("ouroctl heaps -o "), ["table", "json", "csv"])
        self.assertEqual(self.complete("ouroctl url --role o"), ["operator", "observer"])
        with Daemon() as daemon:
            env = {"OURO_SERVER": daemon.url, "OURO_TOKEN": daemon.operator}
            self.assertEqual(self.complete("ouroctl collect ", env), HEAPS)
            self.assertEqual(self.complete("ouroctl -o json collect d", env), ["documents"])

    def test_completions_are_scripts_of_their_shells(self):
        for shell in ("bash", "zsh"):
            done = run("completion", shell)
            self.assertEqual((done.returncode, done.stderr), (OK, ""))
            check = subprocess.run([shell, "-n"], input=done.stdout, capture_output=True, text=True,
                                   timeout=PATIENCE)
            self.assertEqual((check.returncode, check.stderr), (0, ""), shell)


if __name__ == "__main__":
    unittest.main()
