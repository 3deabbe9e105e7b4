import assert from "node:assert/strict";
import { test } from "node:test";

import { merge } from "../../static/js/patch.js";

/** As it would be after a journey over the wire, and with the prototypes that documents do not have. */
const plain = (value) => JSON.parse(JSON.stringify(value));
const parsed = (text) => merge(undefined, JSON.parse(text));

// RFC 7386, appendix A: original, patch, result.
const APPENDIX_A = [
  ['{"a":"b"}', '{"a":"c"}', '{"a":"c"}'],
  ['{"a":"b"}', '{"b":"c"}', '{"a":"b","b":"c"}'],
  ['{"a":"b"}', '{"a":null}', "{}"],
  ['{"a":"b","b":"c"}', '{"a":null}', '{"b":"c"}'],
  ['{"a":["b"]}', '{"a":"c"}', '{"a":"c"}'],
  ['{"a":"c"}', '{"a":["b"]}', '{"a":["b"]}'],
  ['{"a":{"b":"c"}}', '{"a":{"b":"d","c":null}}', '{"a":{"b":"d"}}'],
  ['{"a":[{"b":"c"}]}', '{"a":[1]}', '{"a":[1]}'],
  ['["a","b"]', '["c","d"]', '["c","d"]'],
  ['{"a":"b"}', '["c"]', '["c"]'],
  ['{"a":"foo"}', "null", "null"],
  ['{"a":"foo"}', '"bar"', '"bar"'],
  ['{"e":null}', '{"a":1}', '{"e":null,"a":1}'],
  ["[1,2]", '{"a":"b","c":null}', '{"a":"b"}'],
  ["{}", '{"a":{"bb":{"ccc":null}}}', '{"a":{"bb":{}}}'],
];

for (const [original, patch, result] of APPENDIX_A) {
  test(`RFC 7386: ${patch} applied to ${original} makes ${result}`, () => {
    // Copied here by hand: `merge` itself leaves out the null that one original has.
    const target = JSON.parse(original, (_, value) =>
      value && typeof value === "object" && !Array.isArray(value)
        ? Object.assign(Object.create(null), value)
        : value,
    );
    assert.deepEqual(plain(merge(target, JSON.parse(patch))), JSON.parse(result));
  });
}

test("documents have no prototype, at any depth", () => {
  const document = merge(parsed('{"a":{"b":1}}'), JSON.parse('{"c":{"d":{"e":2}}}'));
  for (const each of [document, document.a, document.c, document.c.d]) {
    assert.equal(Object.getPrototypeOf(each), null);
  }
  assert.equal(document.toString, undefined);
});

test("a key named __proto__ is data: set, patched and removed like any other", () => {
  const document = parsed('{"filesystem":{"__proto__":{"size":1,"used":2}}}');
  assert.deepEqual(Object.keys(document.filesystem), ["__proto__"]);
  merge(document, JSON.parse('{"filesystem":{"__proto__":{"used":3}}}'));
  assert.equal(document.filesystem.__proto__.size, 1);
  assert.equal(document.filesystem.__proto__.used, 3);
  merge(document, JSON.parse('{"filesystem":{"__proto__":null}}'));
  assert.deepEqual(Object.keys(document.filesystem), []);
});

test("no patch reaches the prototype of anything else", () => {
  merge(parsed('{"a":{}}'), JSON.parse('{"__proto__":{"reached":1},"a":{"__proto__":{"reached":1}}}'));
  merge(parsed("{}"), JSON.parse('{"constructor":{"prototype":{"reached":1}}}'));
  assert.equal({}.reached, undefined);
  assert.equal(Object.create(null).reached, undefined);
});

test("what a patch carries is copied: a later patch does not change an earlier message", () => {
  const message = JSON.parse('{"a":{"b":1}}');
  const document = merge(undefined, message);
  merge(document, JSON.parse('{"a":{"b":2}}'));
  assert.equal(message.a.b, 1);
});
