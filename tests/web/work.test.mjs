import assert from 'node:assert/strict';
import test from 'node:test';
import { Keys, spell } from '../../core/tagma/web/keys.js';
import { Store } from '../../core/tagma/web/store.js';

const region = (id, text) => ({ id, results: [{ id, from_name: 'n', to_name: 't', type: 'textarea', value: { text: [text] } }] });

test('the steps of a store, replayed on what it began with, give it again, with its undo and redo', () => {
  const begun = [...region('a', 'one').results, ...region('b', 'two').results];
  const store = new Store(begun);
  const steps = [];
  store.on((_ids, _entry, op) => {
    if (op === 'load') return;
    if (op === 'grow') steps.pop();
    steps.push(structuredClone(op === 'do' || op === 'grow' ? store.lastStep() : { op }));
  });
  const merge = Symbol('typing');
  store.tx('', (tx) => tx.put(region('c', 'set at first')), { origin: 'load' });
  store.tx('Type', (tx) => tx.put(region('a', 'o')), { merge });
  store.tx('Type', (tx) => tx.put(region('a', 'on')), { merge });
  store.undo();
  store.redo();
  store.tx('Type', (tx) => tx.put(region('a', 'onc')), { merge });
  store.tx('Delete', (tx) => tx.remove('b'));
  store.tx('New', (tx) => tx.put(region('d', 'four')));
  store.undo();
  assert.equal(steps.length, 7);
  const again = new Store([...begun, ...region('c', 'set at first').results]);
  again.replay(steps);
  assert.deepEqual(again.serialize(), store.serialize());
  for (const step of ['redo', 'undo', 'undo', 'undo', 'undo', 'undo', 'redo', 'redo']) {
    assert.equal(again[step](), store[step]());
    assert.deepEqual(again.serialize(), store.serialize());
  }
});

test('a store that is out of the hand is changed by nobody, not even by undo', () => {
  const store = new Store();
  store.tx('New', (tx) => tx.put(region('a', 'one')));
  store.readonly = true;
  store.tx('New', (tx) => tx.put(region('b', 'two')));
  assert.equal(store.undo(), false);
  assert.equal(store.size, 1);
});

test('a person has their own keys; whoever listens may listen anew while told', () => {
  const keys = new Keys();
  const done = [];
  keys.add({ name: 'a:one', title: 'One', keys: ['ctrl+a'], scope: 'tag', run: () => done.push('one') });
  keys.add({ name: 'a:two', title: 'Two', keys: ['b'], scope: 'page', run: () => done.push('two') });
  const listen = () => {
    const away = keys.on(() => {
      away();
      listen();
    });
  };
  listen();
  keys.rebind({ 'a:two': { key: 'ctrl+a,x', active: true }, 'a:one': { key: null, active: false } });
  assert.deepEqual(keys.holders('Ctrl+A').map(({ name }) => name), ['a:two']);
  assert.equal(keys.hint('a:one'), '');
  const press = (key, more = {}) => keys.handle({ key, code: '', ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, preventDefault() {}, stopPropagation() {}, ...more });
  press('x');
  press('b');
  press('a', { ctrlKey: true });
  assert.deepEqual(done, ['two', 'two']);
  keys.rebind({});
  assert.deepEqual(keys.holders('ctrl+a').map(({ name }) => name), ['a:one']);
  assert.equal(spell('ctrl++', false), 'Ctrl++');
  assert.equal(spell('shift+pagedown', true), '⇧PgDn');
});
