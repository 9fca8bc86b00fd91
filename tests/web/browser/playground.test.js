// playground.test.js - statements and lessons against the real heap.
import assert from 'node:assert/strict';
import test from 'node:test';
import en from '../../../web/i18n/en.js';
import zh from '../../../web/i18n/zh.js';
import { find_lesson, LESSONS } from '../../../web/lessons.js';
import { TOPICS } from '../../../web/topics.js';
import { axe, on_stage, picture, sideways, skip, until } from './support.js';

const stage = on_stage(test);
const { with_page } = stage;

const living = (page) => page.locator('.objects tbody tr:not(.gone)');
const heap_is_empty = (page) => until('the heap is empty again', async () => (await living(page).count()) === 0);
const last_entry = (page) => page.locator('.log .entry').last().textContent();
const row = (page, object) => page.locator(`.objects tr[data-object="${object}"]`);

/** Runs the lesson's lines up to that one, from wherever it stands. */
async function run_to(page, line) {
  const done = page.locator('.steps .done');
  for (let at = await done.count() + 1; at <= line; at++) {
    await page.locator('.lesson .row .primary').click();
    await until(`line ${at} ran`, async () => (await done.count()) === at);
  }
}

/** Types a statement and waits for its entry in the log. */
async function type(page, statement) {
  const entries = page.locator('.log .entry');
  const before = await entries.count();
  const prompt = page.getByRole('textbox', { name: 'Statement' });
  await prompt.fill(statement);
  await prompt.press('Enter');
  await until(`${statement} ran`, async () => (await entries.count()) === before + 1);
}

for (const [locale, words] of Object.entries({ 'en-US': en, 'zh-CN': zh })) {
  test(`the playground runs John and Mary, and both are destroyed, ${locale}`, { skip }, async () => {
    await with_page({ at: '#/playground', locale }, async (page) => {
      const objects = page.locator('.objects tbody tr');
      await run_to(page, 6);
      assert.equal(await page.locator('.objects-picture .unheld-ring').count(), 2);
      assert.deepEqual(await page.locator('.objects .refs s').allTextContents(), ['2']);
      await until('both are unheld, each with a count of one', async () => (await page.locator('.objects tr.unheld').count()) === 2);
      assert.deepEqual(await objects.locator('.refs b').allTextContents(), ['1', '1']);
      assert.equal(await page.locator('.steps [aria-current=step] code').textContent(), 'gc.collect()');
      const told = await page.locator('.steps .done span').allTextContents();
      assert.deepEqual(told, [1, 2, 3, 4, 5, 6].map((i) => words[`lesson.friends_${i}`]));
      await picture(page, `playground-cycle-${locale}`);
      await run_to(page, 7);
      const died = await page.locator('.log .died').last().textContent();
      assert.match(died, /Person\('John'\)/);
      assert.match(died, /Person\('Mary'\)/);
      await until('the table greys them out', async () => (await page.locator('.objects tr.gone').count()) === 2);
      if (locale === 'en-US') assert.match(await last_entry(page), /collected 2 of/);
      await picture(page, `playground-done-${locale}`);
    });
  });
}

test('a self reference is freed by the collector, or at once when it is taken back', { skip }, async () => {
  await with_page({ at: '#/playground?lesson=itself' }, async (page) => {
    await run_to(page, 3);
    assert.match(await row(page, "Person('A')").textContent(), /no name reaches it/);
    await run_to(page, 4);
    assert.match(await last_entry(page), /destroyed Person\('A'\)/);
    await run_to(page, 7);
    assert.match(await row(page, "Person('B')").locator('.refs').textContent(), /2 1/);
    await run_to(page, 8);
    assert.match(await last_entry(page), /destroyed Person\('B'\)/);
    await heap_is_empty(page);
  });
});

test('a tree goes at once, and with a link to the parent it waits for the collector', { skip }, async () => {
  await with_page({ at: '#/playground?lesson=tree' }, async (page) => {
    await run_to(page, 3);
    assert.match(await row(page, 'list').textContent(), /\[0\] → x.*\[1\] → y.*\[2\] → z/s);
    assert.equal(await page.locator('.objects-picture rect.ring').count(), 1, 'the list is drawn as a box');
    await run_to(page, 4);
    const died = await page.locator('.log .died').last().textContent();
    for (const one of ["Node('root')", 'list', "Node('x')", "Node('y')", "Node('z')"]) assert.ok(died.includes(one), one);
    await heap_is_empty(page);
    await run_to(page, 8);
    assert.equal(await page.locator('.objects tr.unheld').count(), 4);
    await picture(page, 'playground-tree');
    await run_to(page, 9);
    assert.match(await last_entry(page), /collected 4 of 4/);
    await heap_is_empty(page);
  });
});

test('a finalizer resurrects once, by counting and by the collector', { skip }, async () => {
  await with_page({ at: '#/playground?lesson=phoenix' }, async (page) => {
    const bird = row(page, "Phoenix('Bird')");
    await run_to(page, 1);
    assert.match(await bird.textContent(), /its finalizer will save it, once/);
    await run_to(page, 3);
    assert.match(await last_entry(page), /resurrected Phoenix\('Bird'\)/);
    assert.match(await bird.textContent(), /its finalizer has run/);
    assert.equal(await page.locator('.objects-picture .saved-mark').count(), 1);
    assert.match(await page.locator('.roots').textContent(), /saved/);
    await run_to(page, 5);
    assert.match(await last_entry(page), /destroyed Phoenix\('Bird'\), Node\('ash'\)/);
    await run_to(page, 9);
    assert.match(await last_entry(page), /resurrected Phoenix\('Bird'\).*collected 0 of 1/s);
    await picture(page, 'playground-phoenix');
    await run_to(page, 11);
    assert.match(await last_entry(page), /destroyed Phoenix\('Bird'\)/);
    await heap_is_empty(page);
  });
});

test('a weak reference is cleared at a death, and before a finalizer saves its target', { skip }, async () => {
  await with_page({ at: '#/playground?lesson=weak' }, async (page) => {
    const weak = page.locator('.objects tr[data-object=weakref]:not(.gone)');
    await run_to(page, 3);
    assert.match(await weak.textContent(), /⇢ Mary, not counted/);
    assert.equal(await page.locator('.objects-picture .edge.weak').count(), 1);
    assert.match(await last_entry(page), /Person\('Mary'\)/);
    await run_to(page, 4);
    assert.match(await last_entry(page), /destroyed Person\('Mary'\)/);
    assert.match(await weak.textContent(), /cleared just now: gives None/);
    assert.equal(await page.locator('.objects-picture .edge.weak').count(), 0);
    await run_to(page, 5);
    assert.match(await last_entry(page), /True/);
    await run_to(page, 9);
    assert.match(await weak.textContent(), /⇢ Bird, not counted/);
    // Its number was Mary's: nothing of how the dead are drawn may stay.
    assert.equal(await page.locator('.objects-picture .node-name', { hasText: 'Bird' })
      .evaluate((name) => getComputedStyle(name).textDecorationLine), 'none');
    await picture(page, 'playground-weak');
    await run_to(page, 10);
    assert.match(await last_entry(page), /resurrected Phoenix\('Bird'\).*1 weak reference cleared/s);
    assert.match(await weak.textContent(), /gives None/);
    await run_to(page, 11);
    assert.match(await last_entry(page), /True/);
    await run_to(page, 13);
    await heap_is_empty(page);
  });
});

test('a cycle that a name holds is left alone until the name goes', { skip }, async () => {
  await with_page({ at: '#/playground?lesson=outside' }, async (page) => {
    await run_to(page, 7);
    assert.match(await last_entry(page), /collected 0 of 2/);
    assert.equal(await page.locator('.objects tr.unheld').count(), 0);
    await run_to(page, 8);
    assert.equal(await page.locator('.objects tr.unheld').count(), 2);
    await run_to(page, 9);
    assert.match(await last_entry(page), /collected 2 of 2/);
    await heap_is_empty(page);
  });
});

test('a lesson can be begun again wherever it stands, and clears only what is its own', { skip }, async () => {
  await with_page({ at: '#/playground' }, async (page) => {
    await type(page, "mine = Person('Mine')");
    for (const { name, lines } of LESSONS) {
      const title = en[`lesson.${name}_title`];
      await page.locator('.lessons a', { hasText: title }).click();
      await until(`${name} is chosen`, async () => (await page.locator('.lessons [aria-current]').textContent()) === title);
      // Where a cycle is unheld, or a Phoenix is saved.
      await run_to(page, Math.ceil(lines.length * 0.8));
      await page.getByRole('button', { name: 'Start again' }).click();
      await until(`${name} is cleared`, async () => (await page.locator('.steps .done').count()) === 0
        && (await living(page).count()) === 1);
      assert.equal(await living(page).getAttribute('data-object'), "Person('Mine')");
    }
    await type(page, 'del mine');
    await heap_is_empty(page);
  });
});

test('a name that is in use is told, and not taken before its owner lets go', { skip }, async () => {
  await with_page({ at: '#/playground?lesson=itself', width: 375, height: 812 }, async (page) => {
    const next = page.getByRole('button', { name: 'Next line' });
    await type(page, "a = Person('Other')");
    await until('it is told', async () => /The name a stands for something/.test(await page.locator('.lesson').textContent()));
    assert.equal(await next.isDisabled(), true);
    assert.equal(await sideways(page), 0);
    assert.deepEqual(await axe(page), []);
    await page.locator('.lesson .row').scrollIntoViewIfNeeded();
    await picture(page, 'playground-in-use-375');
    await page.getByRole('button', { name: 'Delete it and begin' }).click();
    await until('the lesson can begin', () => next.isEnabled());
    await page.getByRole('button', { name: 'Run all' }).click();
    await until('it ran', async () => (await page.locator('.steps .done').count()) === find_lesson('itself').lines.length);
    assert.match(await page.locator('.lesson .row a').textContent(), /Next lesson: A tree with a list/);
    await heap_is_empty(page);
  });
});

test('how far a lesson is outlives the way to the stepper and back', { skip }, async () => {
  await with_page({ at: '#/playground?lesson=outside' }, async (page) => {
    await run_to(page, 6);
    const link = page.getByRole('link', { name: 'Step through this collection instead' });
    const to = await link.getAttribute('href');
    assert.match(to, /^#\/objects\?.*step=1/);
    assert.match(to, /heap=playground/);
    await link.click();
    await until('the way led to the button', () => page.evaluate(() => document.activeElement?.classList.contains('step-begin')));
    await page.keyboard.press('Enter');
    await page.locator('.step-next').click();
    // A is held by the name keep, B by A alone.
    await until('gc_refs are shown', async () => /gc_refs/.test(await page.locator('.objects-view').textContent()));
    await page.locator('.step-buttons .button', { hasText: 'Finish' }).click();
    await page.locator('.step-done').waitFor();
    await page.goBack();
    await until('the lesson stands where it stood', async () => (await page.locator('.steps .done').count()) === 6);
    await until('what lives is shown', async () => (await living(page).count()) === 2);
  });
  // Whoever opens the page anew finds the names in use.
  await with_page({ at: '#/playground?lesson=outside' }, async (page) => {
    await page.getByRole('button', { name: 'Delete it and begin' }).click();
    await until('the name is free', () => page.getByRole('button', { name: 'Next line' }).isEnabled());
    await type(page, 'gc.collect()');
    await heap_is_empty(page);
  });
});

test('what is said of how it works leads to the view that shows it', { skip }, async () => {
  await with_page({ at: '#/playground' }, async (page) => {
    for (const [i, { name, view, params = {} }] of TOPICS.entries()) {
      await page.goto(`${stage.daemon.http}/#/playground`);
      const links = page.locator('.topics a');
      await until('the topics are there', async () => (await links.count()) === TOPICS.length);
      assert.equal(await links.nth(i).textContent(), en[`topic.${name}_link`]);
      await links.nth(i).click();
      await until(`${name} leads to ${view}`, async () => page.url().includes(`#/${view}?`)
        && (await page.locator('nav.views [aria-current]').getAttribute('href')).includes(`#/${view}?`));
      await page.locator('main h1').first().waitFor({ state: 'attached' });
      if (params.lesson) assert.equal(await page.locator('.lessons [aria-current]').textContent(), en[`lesson.${params.lesson}_title`]);
    }
  });
});

for (const [name, look] of Object.entries({
  'light-1280': { scheme: 'light', width: 1280, height: 900 },
  'dark-1280': { scheme: 'dark', width: 1280, height: 900 },
  'zh-375': { locale: 'zh-CN', width: 375, height: 812 },
})) {
  test(`a lesson in the middle at ${name}: accessible, and no wider than its screen`, { skip }, async () => {
    await with_page({ ...look, at: '#/playground?lesson=weak' }, async (page) => {
      await run_to(page, 10);
      assert.equal(await sideways(page), 0);
      assert.deepEqual(await axe(page), []);
      await picture(page, `playground-lesson-${name}`);
      const closed = page.locator('.topics details:not([open]) summary');
      while (await closed.count() > 0) await closed.first().click();
      assert.equal(await page.locator('.topics details[open]').count(), TOPICS.length);
      assert.equal(await sideways(page), 0);
      assert.deepEqual(await axe(page), []);
      await page.locator('.topics a').last().scrollIntoViewIfNeeded();
      await picture(page, `playground-topics-${name}`);
      await run_to(page, 13);
      await heap_is_empty(page);
    });
  });
}

test('an observer reads how it works, and runs nothing', { skip }, async () => {
  await with_page({ at: '#/playground', role: 'observer' }, async (page) => {
    await until('the topics are there', async () => (await page.locator('.topics a').count()) === TOPICS.length);
    assert.equal(await page.locator('.lesson').count(), 0);
    assert.deepEqual(await axe(page), []);
  });
});

test('help lists the statements, a line each', { skip }, async () => {
  await with_page({ at: '#/playground' }, async (page) => {
    await type(page, 'help');
    const told = page.locator('.log .value');
    assert.ok((await told.textContent()).split('\n').length > 8);
    assert.ok((await told.boundingBox()).height > 150, 'on lines of their own');
  });
});

test('the prompt has a history, runs pasted lines one by one, and points at errors', { skip }, async () => {
  await with_page({ at: '#/playground' }, async (page) => {
    const prompt = page.getByRole('textbox', { name: 'Statement' });
    const entries = page.locator('.log .entry');
    await prompt.fill("a = Person('A')");
    await prompt.press('Enter');
    await until('it ran', async () => (await entries.count()) === 1);
    await prompt.press('ArrowUp');
    assert.equal(await prompt.inputValue(), "a = Person('A')");
    await prompt.press('ArrowDown');
    assert.equal(await prompt.inputValue(), '');
    await page.evaluate(() => {
      const data = new DataTransfer();
      data.setData('text', "b = Person('B')\na.friend = b\n\ndel a !\ndel b\n");
      document.querySelector('.prompt textarea').dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
    });
    await until('it stopped at the wrong line', async () => (await entries.count()) === 4);
    const last = entries.last();
    await until('the error points at its column', async () => (await last.locator('.caret').count()) === 1);
    const caret = (await last.locator('.caret').textContent()).indexOf('^') - 1;
    assert.ok(caret >= 5 && caret <= 7, `column ${caret + 1}`);
    assert.match(await last.textContent(), /1 line was not run/);
    await picture(page, 'playground-error');
    await prompt.fill('del a');
    await prompt.press('Enter');
    await until('a is gone', async () => (await entries.count()) === 5 && (await prompt.inputValue()) === '');
    await prompt.fill('del b');
    await prompt.press('Enter');
    await until('the heap is empty again', async () => (await page.locator('.objects tbody tr:not(.gone)').count()) === 0);
  });
});
