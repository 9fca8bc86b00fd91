-- peer_lua.lua - the collector's works in Lua: peer_lua.lua WORK SIZE [REPEATS]
--
-- See bench_core.c for what the works are. An object is a table with an array part of
-- two or three; a full collection is what collectgarbage() does, mark and sweep. w4 and
-- w5 run with Lua's own choice, the incremental collector.
local repeats = tonumber(arg[3] or 5)

local function give_up(what)
  io.stderr:write("peer_lua.lua: ", what, "\n")
  os.exit(1)
end

-- CPU time.
local function now_ns()
  return os.clock() * 1e9
end

local function row(work, value, unit)
  print(string.format("%s %.4f %s", work, value, unit))
end

local function median(values)
  table.sort(values)
  return values[#values // 2 + 1]
end

local function next_random(state)
  return (state * 1103515245 + 12345) & 0x7fffffff
end

local function gcd(a, b)
  while b ~= 0 do
    a, b = b, a % b
  end
  return a
end

local function graph(count)
  local stride = math.floor(count * 0.6180339887) | 1
  while gcd(stride, count) ~= 1 do
    stride = stride + 2
  end
  local nodes = {}
  for i = 0, count - 1 do
    nodes[i] = {false, false, false}
  end
  local random = 12345
  for i = 0, count - 1 do
    local node = nodes[i * stride % count]
    if 2 * i + 1 < count then
      node[1] = nodes[(2 * i + 1) * stride % count]
    end
    if 2 * i + 2 < count then
      node[2] = nodes[(2 * i + 2) * stride % count]
    end
    random = next_random(random)
    node[3] = nodes[random % count]
  end
  return nodes[0]
end

-- Bytes of a table with three fields, at least: 56 and 3 * 16.
local NODE_BYTES = 104

local function used_bytes()
  return collectgarbage("count") * 1024
end

local works = {}

function works.w2(count)
  collectgarbage("stop")
  local root = graph(count)
  collectgarbage("collect")
  local times = {}
  for i = 1, repeats do
    local start = now_ns()
    collectgarbage("collect")
    times[i] = (now_ns() - start) / count
  end
  if not root or used_bytes() < count * NODE_BYTES then
    give_up("the graph did not live")
  end
  local size = count % 1000000 == 0 and count // 1000000 .. "M" or count
  row("w2-" .. size, median(times), "ns/object")
end

local function make_cycles(count, length)
  for _ = 1, count // length do
    local first = {false, false, false}
    local last = first
    for _ = 2, length do
      local following = {false, false, false}
      last[1] = following
      last = following
    end
    last[1] = first
  end
end

function works.w3(count)
  collectgarbage("stop")
  for _, length in ipairs {2, 1000} do
    local times = {}
    for i = 1, repeats do
      collectgarbage("collect")
      make_cycles(count, length)
      local used = used_bytes()
      local start = now_ns()
      collectgarbage("collect")
      times[i] = (now_ns() - start) / count
      if used - used_bytes() < 0.9 * count * NODE_BYTES then
        give_up("the cycles were not reclaimed")
      end
    end
    row("w3-" .. length, median(times), "ns/object")
  end
end

local function tree(depth)
  if depth == 0 then
    return {false, false}
  end
  return {tree(depth - 1), tree(depth - 1)}
end

local function nodes_of(pair)
  return pair[1] and 1 + nodes_of(pair[1]) + nodes_of(pair[2]) or 1
end

function works.w4(depth)
  local start = now_ns()
  local total = nodes_of(tree(depth + 1))
  local kept = tree(depth)
  local expected = (4 << depth) - 1 + (2 << depth) - 1
  for d = 4, depth, 4 do
    local trees = 1 << (depth - d + 4)
    for _ = 1, trees do
      total = total + nodes_of(tree(d))
    end
    expected = expected + trees * ((2 << d) - 1)
  end
  total = total + nodes_of(kept)
  local stop = now_ns()
  if total ~= expected then
    give_up("the trees have other nodes")
  end
  row("w4-" .. depth, (stop - start) / 1e9, "s")
end

function works.w5(live)
  collectgarbage("stop")
  local entries, requests = live // 2, live // 10
  local root, objects, latencies = graph(live - entries), {}, {}
  for i = 1, entries do
    objects[i] = {false, false, false}
  end
  for i = 1, requests do
    latencies[i] = 0.0
  end
  collectgarbage("collect")
  local used = used_bytes()
  collectgarbage("restart")
  local random = 777
  for i = 1, requests do
    local start = now_ns()
    for _ = 1, 40 do
      local first, second = {false, false, false}, {false, false, false}
      first[1] = second
      second[1] = first
    end
    for _ = 1, 20 do
      random = next_random(random)
      objects[random % entries + 1] = {false, false, root}
    end
    latencies[i] = now_ns() - start
  end
  -- A hundred objects a request, but never much more than twice what lives.
  if used_bytes() > 3 * used then
    give_up("the service's garbage was not collected")
  end
  table.sort(latencies)
  row("w5-p50", latencies[requests // 2 + 1] / 1e3, "us")
  row("w5-p99", latencies[requests * 99 // 100 + 1] / 1e3, "us")
  row("w5-max", latencies[requests] / 1e3, "us")
end

local function resident_bytes()
  local file <close> = io.open("/proc/self/statm")
  local _, pages = file:read("n", "n")
  return pages * 4096
end

function works.w6(count)
  collectgarbage("stop")
  local pairs_ = {}
  for i = 1, count do
    pairs_[i] = false
  end
  local before = resident_bytes()
  for i = 1, count do
    pairs_[i] = {false, false}
  end
  row("w6", (resident_bytes() - before) / count, "bytes/object")
end

if #arg < 2 or #arg > 3 or not works[arg[1]] then
  io.stderr:write("usage: peer_lua.lua w2|w3|w4|w5|w6 SIZE [REPEATS]\n")
  os.exit(2)
end
works[arg[1]](tonumber(arg[2]))
