"""A program of its own builds against libouro in each of the ways we promise.

usage: test_embed.py SOURCE BUILD, with CC, CXX, CMAKE and CMAKE_GENERATOR in the
environment.
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
PERSON = SOURCE / "core/examples/person.c"

LISTS = """
cmake_minimum_required(VERSION 3.22)
project(embedder C CXX)
{how}
add_executable(person {person})
target_link_libraries(person PRIVATE ouro::core)
add_executable(plusplus plusplus.cpp)
target_link_libraries(plusplus PRIVATE ouro::core)
"""
PLUSPLUS = """
#include <ouro/ouro.h>
int main() {
  ouro_heap *heap = ouro_heap_new(nullptr);
  if (heap == nullptr) return 1;
  ouro_heap_free(heap);
  return 0;
}
"""


def run(*command, **options):
    done = subprocess.run([str(c) for c in command], text=True, timeout=100,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options)
    if done.returncode != 0:
        raise AssertionError(f"{command}: exit {done.returncode}\n{done.stdout}")
    return done.stdout


class Embed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        temporary = tempfile.TemporaryDirectory()
        cls.addClassCleanup(temporary.cleanup)
        cls.work = Path(temporary.name)
        cls.prefix = cls.work / "prefix"
        run(CMAKE, "--install", BUILD, "--prefix", cls.prefix)
        configs = list(cls.prefix.rglob("ouro.pc"))
        if len(configs) != 1:
            raise AssertionError(f"ouro.pc is installed {len(configs)} times")
        cls.pkg_config = dict(os.environ, PKG_CONFIG_PATH=str(configs[0].parent))

    def flags(self):
        return run("pkg-config", f"--define-variable=prefix={self.prefix}",
                   "--cflags", "--libs", "ouro", env=self.pkg_config).split()

    def check_person(self, program):
        text = run(program)
        order = [m.lower() for m in re.findall(r"created|explicit collection|destroyed",
                                               text, re.I)]
        self.assertEqual(order, ["created"] * 2 + ["explicit collection"]
                         + ["destroyed"] * 2, text)
        for name in ("John", "Mary"):
            self.assertEqual(len(re.findall(rf"{name}.*destroyed|destroyed.*{name}",
                                            text, re.I)), 1, text)
        self.assertRegex(text, r"\b2\b")

    def build(self, name, how, *options):
        project = self.work / name
        project.mkdir()
        (project / "CMakeLists.txt").write_text(LISTS.format(how=how, person=PERSON))
        (project / "plusplus.cpp").write_text(PLUSPLUS)
        run(CMAKE, "-S", project, "-B", project / "build",
            f"-DCMAKE_C_COMPILER={CC}", f"-DCMAKE_CXX_COMPILER={CXX}", *options)
        run(CMAKE, "--build", project / "build")
        self.check_person(project / "build/person")
        run(project / "build/plusplus")

    def test_installed_package_is_found_from_c_and_cplusplus(self):
        self.build("found", "find_package(ouro REQUIRED)",
                   f"-DCMAKE_PREFIX_PATH={self.prefix}")

    def test_embedder_adds_the_checkout_and_looks_up_nothing_else(self):
        self.build("added", f'add_subdirectory("{SOURCE}" ouro)',
                   "-DCMAKE_DISABLE_FIND_PACKAGE_PkgConfig=ON")

    def test_pkg_config_names_every_flag(self):
        program = self.work / "by_pkg_config"
        run(CC, "-std=c11", "-o", program, PERSON, *self.flags())
        self.check_person(program)

    def test_example_of_the_readme_builds_and_collects_two(self):
        text = (SOURCE / "README.md").read_text()
        source = self.work / "readme.c"
        source.write_text(re.search(r"^```c\n(.*?)^```", text, re.M | re.S)[1])
        run(CC, "-std=c11", "-Wall", "-Werror", "-o", self.work / "readme", source, *self.flags())
        self.assertEqual(run(self.work / "readme"), "collected 2 objects\n")

    def test_each_public_header_compiles_alone_as_c_and_cplusplus(self):
        headers = sorted((self.prefix / "include/ouro").glob("*.h"))
        self.assertIn("ouro.h", [h.name for h in headers])
        for header in headers:
            alone = self.work / "alone.c"
            alone.write_text(f"#include <ouro/{header.name}>\nint main(void);\n")
            for compiler, language in ((CC, "c"), (CXX, "c++")):
                with self.subTest(header=header.name, language=language):
                    run(compiler, "-x", language,
                        "-std=c11" if language == "c" else "-std=c++11",
                        "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fsyntax-only",
                        "-I", self.prefix / "include", alone)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
