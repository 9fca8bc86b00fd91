"""A program of its own builds against libouro in each of the ways we promise.

usage: test_embed.py SOURCE BUILD, with CC, CXX, CMAKE, CMAKE_GENERATOR and PROBES (1
where the build found <sys/sdt.h>) in the environment.
"""
import os
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

SOURCE, BUILD = (Path(p).resolve() for p in sys.argv[1:3])
CC, CXX, CMAKE = (os.environ[name] for name in ("CC", "CXX", "CMAKE"))
EXAMPLES = SOURCE / "core/examples"
PERSON = EXAMPLES / "person.c"
LISP = sorted((EXAMPLES / "lisp").glob("*.c"))
WARNINGS = ("-Wall", "-Wextra", "-Wpedantic", "-Werror")

LISTS = """
cmake_minimum_required(VERSION 3.22)
project(embedder C)
{how}
add_executable(person {person})
add_executable(lisp {lisp})
foreach(example person lisp)
  target_link_libraries(${{example}} PRIVATE ouro::{target})
endforeach()
"""
# No C in this project: what the package asks of its users must not need a C compiler.
PLUSPLUS_LISTS = """
cmake_minimum_required(VERSION 3.22)
project(embedder CXX)
set(CMAKE_CXX_STANDARD 17)
{how}
add_executable(plusplus plusplus.cpp)
target_link_libraries(plusplus PRIVATE ouro::{target})
target_compile_options(plusplus PRIVATE {warnings})
"""
PLUSPLUS = """
#include <ouro/ouro.h>
#include <cstdio>

struct Node { Node *other; };

int main() {
  const size_t refs[] = {offsetof(Node, other)};
  ouro_type_info info{};
  info.name = "Node";
  info.size = sizeof(Node);
  info.refs = refs;
  info.ref_count = 1;
  const ouro_type *type = nullptr;
  ouro_heap *heap = ouro_heap_new(nullptr);
  if (heap == nullptr || ouro_type_new(heap, &info, &type) != OURO_OK) return 1;
  auto *a = static_cast<Node *>(ouro_new(heap, type));
  auto *b = static_cast<Node *>(ouro_new(heap, type));
  if (a == nullptr || b == nullptr) return 1;
  ouro_set(heap, &a->other, b);
  ouro_set_take(heap, &b->other, a);
  ouro_decref(heap, b);
  ouro_collection done{};
  if (ouro_gc_collect(heap, 2, &done) != OURO_OK) return 1;
  std::printf("%u\\n", static_cast<unsigned>(done.collected));
  ouro_heap_free(heap);
}
"""


def run(*command, **options):
    done = subprocess.run([str(c) for c in command], text=True, timeout=100,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options)
    if done.returncode != 0:
        raise AssertionError(f"{command}: exit {done.returncode}\n{done.stdout}")
    return done.stdout


def needed(program):
    """The shared libraries that a program asks for."""
    return re.findall(r"NEEDED.*\[(.*)\]", run("readelf", "-d", program))


class Embed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        temporary = tempfile.TemporaryDirectory()
        cls.addClassCleanup(temporary.cleanup)
        cls.work = Path(temporary.name)
        cls.prefix = cls.work / "prefix"
        run(CMAKE, "--install", BUILD, "--prefix", cls.prefix, "--component", "libouro")
        configs = list(cls.prefix.rglob("ouro.pc"))
        if len(configs) != 1:
            raise AssertionError(f"ouro.pc is installed {len(configs)} times")
        cls.pkg_config = dict(os.environ, PKG_CONFIG_PATH=str(configs[0].parent))
        cls.lib = configs[0].parent.parent
        cls.at_run_time = dict(os.environ, LD_LIBRARY_PATH=str(cls.lib))
        cls.version = run("pkg-config", "--modversion", "ouro",
                          env=cls.pkg_config).strip()
        major, minor, _ = cls.version.split(".")
        cls.soname = "libouro.so." + (f"0.{minor}" if major == "0" else major)

    def flags(self, *options):
        return run("pkg-config", "--cflags", "--libs", *options, "ouro",
                   env=self.pkg_config).split()

    def check_person(self, program):
        text = run(program, env=self.at_run_time)
        order = [m.lower() for m in re.findall(r"created|explicit collection|destroyed",
                                               text, re.I)]
        self.assertEqual(order, ["created"] * 2 + ["explicit collection"]
                         + ["destroyed"] * 2, text)
        for name in ("John", "Mary"):
            self.assertEqual(len(re.findall(rf"{name}.*destroyed|destroyed.*{name}",
                                            text, re.I)), 1, text)
        self.assertRegex(text, r"\b2\b")

    def check_lisp(self, program):
        with open(EXAMPLES / "lisp/tour.lisp") as tour:
            self.assertEqual(run(program, stdin=tour, env=self.at_run_time),
                             (EXAMPLES / "lisp/tour.out").read_text())

    def check_links(self, program, shared):
        self.assertEqual([n for n in needed(program) if "ouro" in n],
                         [self.soname] if shared else [])

    def project(self, name, lists, *options):
        project = self.work / name
        project.mkdir()
        (project / "CMakeLists.txt").write_text(lists)
        (project / "plusplus.cpp").write_text(PLUSPLUS)
        return run(CMAKE, "-S", project, "-B", project / "build",
                   f"-DCMAKE_C_COMPILER={CC}", f"-DCMAKE_CXX_COMPILER={CXX}",
                   "-DCMAKE_BUILD_TYPE=RelWithDebInfo", *options), project / "build"

    def build_examples(self, name, how, target, *options):
        lists = LISTS.format(how=how, person=PERSON, target=target,
                             lisp=" ".join(map(str, LISP)))
        _, build = self.project(name, lists, *options)
        run(CMAKE, "--build", build)
        for example in ("person", "lisp"):
            self.check_links(build / example, target == "core_shared")
        self.check_person(build / "person")
        self.check_lisp(build / "lisp")

    def test_cmake_finds_the_static_and_the_shared_library(self):
        for target in ("core", "core_shared"):
            with self.subTest(target=target):
                self.build_examples(target, "find_package(ouro REQUIRED)", target,
                                    f"-DCMAKE_PREFIX_PATH={self.prefix}")

    def test_embedder_adds_the_checkout_and_looks_up_nothing_else(self):
        for target in ("core", "core_shared"):
            with self.subTest(target=target):
                self.build_examples(f"added-{target}",
                                    f'add_subdirectory("{SOURCE}" ouro)', target,
                                    "-DCMAKE_DISABLE_FIND_PACKAGE_PkgConfig=ON")

    def test_a_cplusplus_project_makes_objects_and_collects(self):
        for target in ("core", "core_shared"):
            with self.subTest(target=target):
                lists = PLUSPLUS_LISTS.format(
                    how="find_package(ouro REQUIRED)", target=target,
                    warnings=" ".join(WARNINGS))
                _, build = self.project(f"plusplus-{target}", lists,
                                        f"-DCMAKE_PREFIX_PATH={self.prefix}")
                run(CMAKE, "--build", build)
                self.check_links(build / "plusplus", target == "core_shared")
                self.assertEqual(run(build / "plusplus", env=self.at_run_time), "2\n")

    def test_a_newer_minor_version_is_not_what_was_asked_for(self):
        major, minor, patch = map(int, self.version.split("."))
        self.assertEqual(major, 0, "the rule for 1.0 wants a test")
        for wanted, fits in ((f"{major}.{minor}", True), (self.version, True),
                             (f"{major}.{minor + 1}", False),
                             (f"{major}.{minor}.{patch + 1}", False)):
            with self.subTest(wanted=wanted):
                said, _ = self.project(
                    f"version-{wanted}",
                    "cmake_minimum_required(VERSION 3.22)\nproject(embedder C)\n"
                    f"find_package(ouro {wanted} QUIET)\n"
                    "message(STATUS \"found: ${ouro_FOUND}\")\n",
                    f"-DCMAKE_PREFIX_PATH={self.prefix}")
                self.assertIn(f"found: {int(fits)}", said)

    def test_pkg_config_links_the_shared_library(self):
        for name, sources, check in (("person", [PERSON], self.check_person),
                                     ("lisp", LISP, self.check_lisp)):
            program = self.work / f"{name}_shared"
            run(CC, "-std=c11", "-O2", *WARNINGS, "-o", program, *sources, *self.flags())
            self.check_links(program, shared=True)
            check(program)

    def test_pkg_config_links_a_static_program(self):
        for name, sources, check in (("person", [PERSON], self.check_person),
                                     ("lisp", LISP, self.check_lisp)):
            program = self.work / f"{name}_static"
            run(CC, "-std=c11", "-O2", *WARNINGS, "-static", "-o", program, *sources,
                *self.flags("--static"))
            self.assertEqual(needed(program), [])
            check(program)

    def test_example_of_the_readme_builds_and_collects_two(self):
        text = (SOURCE / "README.md").read_text()
        source = self.work / "readme.c"
        source.write_text(re.search(r"^```c\n(.*?)^```", text, re.M | re.S)[1])
        run(CC, "-std=c11", "-O2", *WARNINGS, "-o", self.work / "readme", source, *self.flags())
        self.assertEqual(run(self.work / "readme", env=self.at_run_time),
                         "collected 2 objects\n")

    def test_each_public_header_compiles_alone_as_c_and_cplusplus(self):
        headers = sorted((self.prefix / "include/ouro").glob("*.h"))
        self.assertIn("ouro.h", [h.name for h in headers])
        for header in headers:
            alone = self.work / "alone.c"
            alone.write_text(f"#include <ouro/{header.name}>\nint main(void);\n")
            for compiler, language in ((CC, "c11"), (CXX, "c++11"), (CXX, "c++17")):
                with self.subTest(header=header.name, language=language):
                    run(compiler, "-x", "c" if language == "c11" else "c++",
                        f"-std={language}", *WARNINGS, "-Wshadow", "-Wundef",
                        "-fsyntax-only", "-I", self.prefix / "include", alone)

    def test_headers_compile_for_programs_that_are_checked(self):
        source = self.work / "checked.c"
        source.write_text("#include <ouro/ouro.h>\nint main(void);\n")
        for compiler, language in ((CC, "c11"), (CXX, "c++17")):
            for defined in (["-DOURO_CHECK=0"], ["-DOURO_CHECK=1"],
                            ["-DOURO_CHECK=2", "-DNDEBUG"]):
                with self.subTest(language=language, defined=defined):
                    run(compiler, "-x", "c" if language == "c11" else "c++",
                        f"-std={language}", *WARNINGS, "-Wshadow", "-Wundef", *defined,
                        "-fsyntax-only", "-I", self.prefix / "include", source)

    def test_one_header_includes_all_others(self):
        folder = self.prefix / "include/ouro"
        included = set(re.findall(r"#include <ouro/(\w+\.h)>",
                                  (folder / "ouro.h").read_text()))
        self.assertEqual(included, {h.name for h in folder.glob("*.h")}
                         - {"ouro.h", "api.h"})

    def test_the_shared_library_is_versioned_and_needs_the_c_library_alone(self):
        library = self.lib / "libouro.so"
        self.assertEqual(library.resolve().name, f"libouro.so.{self.version}")
        self.assertEqual((self.lib / self.soname).resolve(), library.resolve())
        self.assertIn(f"soname: [{self.soname}]", run("readelf", "-d", library))
        self.assertEqual([n for n in needed(library) if not n.startswith("libc.")], [])
        header = (self.prefix / "include/ouro/ouro.h").read_text()
        self.assertIn(f'#define OURO_VERSION       "{self.version}"', header)

    def test_only_names_of_ours_are_exported(self):
        names = [line.split()[-1] for line in
                 run("nm", "-D", "--defined-only", self.lib / "libouro.so").splitlines()]
        self.assertIn("ouro_heap_new", names)
        self.assertEqual([n for n in names if not re.match(r"ouro_[a-z]", n)], [])
        # What the static library keeps to itself stays hidden when somebody links it
        # into a shared library of his own.
        symbols = re.findall(r"(GLOBAL|WEAK) +(\w+) +(?!UND)\S+ +(\w+)",
                             run("readelf", "-Ws", self.lib / "libouro.a"))
        seen = {name for _, visibility, name in symbols if visibility == "DEFAULT"}
        self.assertEqual(seen, set(names))
        # And hidden or not, a name of somebody else's must not meet one of ours there.
        others = {name for _, _, name in symbols} - {"_"}  # of a probe
        self.assertEqual([n for n in others if not n.startswith("ouro_")], [])

    def test_what_the_headers_declare_is_in_both_libraries(self):
        text = "".join(h.read_text() for h in (self.prefix / "include/ouro").glob("*.h"))
        declared = set(re.findall(r"OURO_API[^;(]*?\b(ouro_\w+)\(", text))
        self.assertGreater(len(declared), 50)
        for options in (("-D", self.lib / "libouro.so"), (self.lib / "libouro.a",)):
            defined = set(re.findall(r" [TRDB] (ouro_\w+)",
                                     run("nm", "--defined-only", *options)))
            self.assertEqual(declared - defined, set())

    def test_tracers_find_the_probes_where_the_header_was(self):
        notes = run("readelf", "--wide", "-n", self.lib / "libouro.so")
        probes = re.findall(r"Provider: (\w+)\s+Name: (\w+)\s+Location: .*"
                            r"\s+Arguments: (.*)", notes)
        if os.environ["PROBES"] != "1":
            self.assertEqual(probes, [])
            self.assertNotIn("stapsdt", notes)
            return
        self.assertEqual({(provider, name) for provider, name, _ in probes},
                         {("ouro", "gc__start"), ("ouro", "gc__done")})
        # Bytes of each argument, as its type is: unsigned, enum and three uint64_t.
        for _, name, arguments in probes:
            sizes = [a.split("@")[0] for a in arguments.split()]
            self.assertEqual(sizes, {"gc__start": ["4", "4", "8"],
                                     "gc__done": ["8", "8", "8"]}[name])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
