"""What compare.py and compare_daemon.py make of rows: ratios, bounds, the table, the file, the picture."""
import io
import unittest
import xml.etree.ElementTree

import compare
import compare_daemon
import picture
from rows import Rows


def rows_of(*figures):
    rows = Rows()
    for work, subject, value in figures:
        rows.add(work, subject, value, "ns/object")
    return rows


def judged(work, *figures):
    return [(round(each.ratio, 2), each.met)
            for each in compare.JUDGE.verdicts(work, rows_of(*figures))]


class Compare(unittest.TestCase):
    def test_the_median_of_all_rounds_counts(self):
        rows = rows_of(("w6", "ouro", 5), ("w6", "ouro", 1), ("w6", "ouro", 2))
        self.assertEqual(rows["w6", "ouro"], 2)

    def test_a_faster_bound_divides_the_peer_by_ouro(self):
        self.assertEqual(judged("w3-2", ("w3-2", "ouro", 10), ("w3-2", "cpython", 50)),
                         [(5, True)])
        self.assertEqual(judged("w3-2", ("w3-2", "ouro", 10), ("w3-2", "cpython", 49)),
                         [(4.9, False)])

    def test_a_cost_bound_divides_ouro_by_the_peer(self):
        self.assertEqual(judged("w2-1M", ("w2-1M", "ouro", 17), ("w2-1M", "floor", 10)),
                         [(1.7, False)])

    def test_a_bound_may_be_absolute(self):
        self.assertEqual(judged("w6", ("w6", "ouro", 28)), [(28, True)])
        self.assertEqual(judged("w6", ("w6", "ouro", 28.1)), [(28.1, False)])

    def test_a_bound_may_be_held_against_another_row(self):
        self.assertEqual(judged("young-10M", ("young-10M", "ouro", 26),
                                ("young-10k", "ouro", 13)), [(2, False)])

    def test_what_was_not_measured_is_not_judged(self):
        self.assertEqual(judged("w3-2", ("w3-2", "ouro", 10)), [])
        self.assertEqual(judged("w3-2", ("w3-2", "cpython", 10)), [])

    def test_finalizers_have_a_bound_of_their_own(self):
        for work in "w3-2-fin", "w3-1000-fin":
            self.assertEqual(judged(work, (work, "ouro", 10), (work, "cpython", 41)),
                             [(4.1, True)])

    def test_every_bound_is_reached_by_a_step(self):
        names = {step.work for step in compare.STEPS}
        for bound in compare.BOUNDS:
            self.assertIn(bound.work.split("-")[0], names)

    def test_at_least_is_a_bound_too(self):
        rows = rows_of(("fanout-1000-max", "ouro", 129_999))
        self.assertEqual([each.met for each in compare_daemon.JUDGE.verdicts(
            "fanout-1000-max", rows)], [False])

    def test_nothing_at_all_is_below_a_bound(self):
        self.assertEqual([each.met for each in compare_daemon.JUDGE.verdicts(
            "idle-cpu", rows_of(("idle-cpu", "ouro", 0)))], [True])

    def test_the_upper_end_of_a_median_is_a_rank(self):
        self.assertEqual(compare_daemon.upper_of_median(list(range(30, 0, -1))), 22)
        self.assertEqual(compare_daemon.upper_of_median([1, 2]), 2)

    def test_each_further_bound_has_a_line_and_the_summary_names_the_missed(self):
        rows = rows_of(("w4-16", "ouro", 1), ("w4-16", "boehm", 2), ("w4-16", "node", 0.4))
        head, first, second = compare.JUDGE.table(rows)
        self.assertIn("boehm", head)
        self.assertNotIn("php", head)
        self.assertTrue(first.startswith("w4-16") and first.endswith("yes"))
        self.assertTrue(second.startswith("     ") and second.endswith("NO"))
        self.assertEqual(list(compare.JUDGE.summary(rows)),
                         ["1 bounds met, 1 not met", "  w4-16: 2.50, bound ≤ 2 × node"])

    def test_rows_written_are_rows_read(self):
        rows, again = rows_of(("w2-1M", "ouro", 23.1), ("w2-1M", "php", 90)), Rows()
        file = io.StringIO()
        rows.dump(file)
        self.assertIn('{"work": "w2-1M", "subject": "ouro", "value": 23.1, '
                      '"unit": "ns/object"}', file.getvalue())
        again.load(io.StringIO(file.getvalue()))
        self.assertEqual(again.values, rows.values)

    def test_the_picture_has_a_bar_a_peer_and_is_well_formed(self):
        svg = picture.draw(rows_of(("w2-1M", "ouro", 10), ("w2-1M", "cpython", 400),
                                   ("w2-1M", "node", 5), ("w2-1M", "floor", 1)))
        bars = [bar.get("class") for bar in
                xml.etree.ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}rect")]
        self.assertEqual(bars, ["card", "faster", "slower"])


if __name__ == "__main__":
    unittest.main(verbosity=2)
