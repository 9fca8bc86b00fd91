"""The package ws on node: what most scripts that are not Python use."""

import json
import os
import subprocess
import unittest

from daemon import Daemon, PATIENCE


class NodeClient(unittest.TestCase):
    def test_node_streams_and_collects_with_a_login(self):
        script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "client.mjs")
        with Daemon() as daemon:
            result = subprocess.run(
                [os.environ["NODE"], script, daemon.url, daemon.operator],
                capture_output=True, text=True, timeout=PATIENCE)
            self.assertEqual(result.returncode, 0, result.stderr)
            seen = json.loads(result.stdout)
            self.assertEqual(seen["protocol"], "ouro.v1")
            self.assertEqual(seen["hello"]["role"], "operator")
            self.assertEqual(seen["answer"], seen["broadcast"])
            self.assertEqual(seen["answer"]["requested_by"], "operator@127.0.0.1")


if __name__ == "__main__":
    unittest.main()
