// lessons.test.js - every lesson in CPython and in the daemon, line by line: the same
// objects are created and destroyed, the same values answered.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import test from 'node:test';
import { LESSONS } from '../../../web/lessons.js';
import { start_ourod } from './support.js';

const PYTHON = '/usr/bin/python3';

// Who lives is asked of Python's own collector after each line, by a number that each
// object bears: a finalizer that ran is not yet a death, nor is a weak reference cleared.
const PROGRAM = `
import gc, json, sys, weakref
gc.disable()
class Person:
    born = {}
    def __init__(self, name):
        self.name = name
        self.number = len(Person.born)
        Person.born[self.number] = repr(self)
    def __repr__(self):
        return f"{type(self).__name__}({self.name!r})"
class Node(Person):
    pass
class Phoenix(Person):
    def __del__(self):
        names['saved'] = self
def alive():
    return {o.number for o in gc.get_objects() if isinstance(o, Person)}
names = {'Person': Person, 'Node': Node, 'Phoenix': Phoenix, 'gc': gc, 'sys': sys, 'weakref': weakref}
answers = []
for line in json.load(sys.stdin):
    before, born, value = alive(), len(Person.born), None
    try:
        code = compile(line, 'lesson', 'eval')
    except SyntaxError:
        exec(line, names)
    else:
        value = eval(code, names)
    said = value if value is None or isinstance(value, (bool, int)) else repr(value)
    value = None
    created = set(range(born, len(Person.born)))
    name = lambda numbers: sorted(Person.born[n] for n in numbers)
    answers.append({'value': said, 'created': name(created), 'destroyed': name((before | created) - alive())})
json.dump({'answers': answers, 'left': sorted(set(names) - {'Person', 'Node', 'Phoenix', 'gc', 'sys', 'weakref', '__builtins__'})}, sys.stdout)
`;

const skip = existsSync(PYTHON) ? false : 'python3 is not installed';

function in_python(lines) {
  const run = spawnSync(PYTHON, ['-c', PROGRAM], { input: JSON.stringify(lines), encoding: 'utf8' });
  assert.equal(run.status, 0, run.stderr);
  return JSON.parse(run.stdout);
}

test('every lesson does what CPython does, line by line', { skip }, async (t) => {
  const daemon = await start_ourod();
  t.after(async () => {
    await daemon.end();
    daemon.forget();
  });
  let id = 0;
  async function ask(method, params = {}) {
    const response = await fetch(`${daemon.http}/rpc`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${daemon.operator_token}` },
      body: JSON.stringify({ jsonrpc: '2.0', id: ++id, method, params: { heap: 'playground', ...params } }),
    });
    const { result, error } = await response.json();
    if (error) assert.fail(`${JSON.stringify(params)}: ${error.message}`);
    return result;
  }
  const plain = (texts) => texts.filter((text) => text !== 'list').sort(); // Python's lists say nothing
  for (const { name, lines } of LESSONS) {
    const python = in_python(lines);
    assert.deepEqual(python.left, [], `${name} leaves no name behind`);
    for (const [i, line] of lines.entries()) {
      const where = `${name}, line ${i + 1}: ${line}`;
      const ours = await ask('repl.eval', { code: line });
      const { value, created, destroyed } = python.answers[i];
      assert.deepEqual(plain(ours.created), created, where);
      assert.deepEqual(plain(ours.destroyed), destroyed, where);
      // CPython's collector counts an instance's dictionary, too, where it has one.
      if (line.startsWith('gc.collect')) assert.equal(ours.value > 0, value > 0, where);
      else assert.equal(ours.value, value, where);
    }
    const { objects, roots } = await ask('repl.state');
    assert.deepEqual([objects, roots], [[], []], `${name} leaves nothing behind`);
  }
});
