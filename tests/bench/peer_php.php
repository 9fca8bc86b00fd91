<?php
/* peer_php.php - the collector's works in PHP: peer_php.php WORK SIZE [REPEATS]
 *
 * See bench_core.c for what the works are. PHP's collector looks only at candidates,
 * objects whose count fell to something above zero: so w2 touches the root before each
 * collection, and that makes it walk everything. */
declare(strict_types=1);
ini_set('memory_limit', '-1');

final class Node {
  public $a = null;
  public $b = null;
  public $c = null;
}

final class Pair {
  public $left = null;
  public $right = null;
}

function give_up(string $what): never {
  fwrite(STDERR, "peer_php.php: $what\n");
  exit(1);
}

/* CPU time; the system counts it in microseconds here. */
function now_ns(): int {
  $used = getrusage();
  return ($used['ru_utime.tv_sec'] + $used['ru_stime.tv_sec']) * 1000000000
    + ($used['ru_utime.tv_usec'] + $used['ru_stime.tv_usec']) * 1000;
}

function row(string $work, float $value, string $unit): void {
  printf("%s %.4f %s\n", $work, $value, $unit);
}

function median(array $values): float {
  sort($values);
  return $values[intdiv(count($values), 2)];
}

function next_random(int &$state): int {
  $state = ($state * 1103515245 + 12345) & 0x7fffffff;
  return $state;
}

function gcd(int $a, int $b): int {
  while ($b !== 0)
    [$a, $b] = [$b, $a % $b];
  return $a;
}

function graph(int $count): Node {
  $stride = (int)($count * 0.6180339887) | 1;
  while (gcd($stride, $count) !== 1)
    $stride += 2;
  $nodes = [];
  for ($i = 0; $i < $count; $i++)
    $nodes[] = new Node;
  $random = 12345;
  for ($i = 0; $i < $count; $i++) {
    $node = $nodes[$i * $stride % $count];
    if (2 * $i + 1 < $count)
      $node->a = $nodes[(2 * $i + 1) * $stride % $count];
    if (2 * $i + 2 < $count)
      $node->b = $nodes[(2 * $i + 2) * $stride % $count];
    $node->c = $nodes[next_random($random) % $count];
  }
  return $nodes[0];
}

function w2(int $count, int $repeats): void {
  gc_disable();
  $root = graph($count);
  gc_collect_cycles();
  $times = [];
  for ($i = 0; $i < $repeats; $i++) {
    $touched = $root;
    unset($touched);
    if (gc_status()['roots'] !== 1)
      give_up('the root is not a candidate');
    $start = now_ns();
    $found = gc_collect_cycles();
    $times[] = (now_ns() - $start) / $count;
    if ($found !== 0 || gc_status()['roots'] !== 0)
      give_up('the collection found something else');
  }
  $size = $count % 1000000 === 0 ? intdiv($count, 1000000) . 'M' : $count;
  row("w2-$size", median($times), 'ns/object');
}

function make_cycles(int $count, int $length): void {
  for ($i = 0; $i < $count / $length; $i++) {
    $first = $last = new Node;
    for ($k = 1; $k < $length; $k++) {
      $next = new Node;
      $last->a = $next;
      $last = $next;
    }
    $last->a = $first;
  }
}

function w3(int $count, int $repeats): void {
  gc_disable();
  foreach ([2, 1000] as $length) {
    $times = [];
    for ($i = 0; $i < $repeats; $i++) {
      gc_collect_cycles();
      make_cycles($count, $length);
      $start = now_ns();
      $found = gc_collect_cycles();
      $times[] = (now_ns() - $start) / $count;
      if ($found !== $count)
        give_up("collected $found, not $count");
    }
    row("w3-$length", median($times), 'ns/object');
  }
}

function tree(int $depth): Pair {
  $pair = new Pair;
  if ($depth > 0) {
    $pair->left = tree($depth - 1);
    $pair->right = tree($depth - 1);
  }
  return $pair;
}

function nodes_of(Pair $pair): int {
  return $pair->left === null ? 1 : 1 + nodes_of($pair->left) + nodes_of($pair->right);
}

function w4(int $depth): void {
  $start = now_ns();
  $total = nodes_of(tree($depth + 1));
  $kept = tree($depth);
  $expected = (4 << $depth) - 1 + (2 << $depth) - 1;
  for ($d = 4; $d <= $depth; $d += 4) {
    for ($i = 0; $i < 1 << ($depth - $d + 4); $i++)
      $total += nodes_of(tree($d));
    $expected += (1 << ($depth - $d + 4)) * ((2 << $d) - 1);
  }
  $total += nodes_of($kept);
  $end = now_ns();
  if ($total !== $expected)
    give_up('the trees have other nodes');
  row("w4-$depth", ($end - $start) / 1e9, 's');
}

function w5(int $live): void {
  gc_disable();
  $entries = intdiv($live, 2);
  $requests = intdiv($live, 10);
  $root = graph($live - $entries);
  $table = [];
  for ($i = 0; $i < $entries; $i++)
    $table[] = new Node;
  $latencies = array_fill(0, $requests, 0);
  gc_collect_cycles();
  $before = gc_status()['collected'];
  gc_enable();
  $random = 777;
  for ($i = 0; $i < $requests; $i++) {
    $start = now_ns();
    for ($k = 0; $k < 40; $k++) {
      $first = new Node;
      $second = new Node;
      $first->a = $second;
      $second->a = $first;
    }
    for ($k = 0; $k < 20; $k++) {
      $node = new Node;
      $node->c = $root;
      $table[next_random($random) % $entries] = $node;
    }
    $latencies[$i] = now_ns() - $start;
  }
  unset($first, $second);
  gc_collect_cycles();
  if (gc_status()['collected'] - $before !== $requests * 80)
    give_up("the service's garbage was not collected");
  sort($latencies);
  row('w5-p50', $latencies[intdiv($requests, 2)] / 1e3, 'us');
  row('w5-p99', $latencies[intdiv($requests * 99, 100)] / 1e3, 'us');
  row('w5-max', $latencies[$requests - 1] / 1e3, 'us');
}

function resident_bytes(): int {
  return (int)explode(' ', file_get_contents('/proc/self/statm'))[1] * 4096;
}

function w6(int $count): void {
  $pairs = array_fill(0, $count, null);
  $before = resident_bytes();
  for ($i = 0; $i < $count; $i++)
    $pairs[$i] = new Pair;
  row('w6', (resident_bytes() - $before) / $count, 'bytes/object');
}

if ($argc < 3 || $argc > 4 || !in_array($argv[1], ['w2', 'w3', 'w4', 'w5', 'w6'], true)) {
  fwrite(STDERR, "usage: peer_php.php w2|w3|w4|w5|w6 SIZE [REPEATS]\n");
  exit(2);
}
$argv[1]((int)$argv[2], (int)($argv[3] ?? 5));
