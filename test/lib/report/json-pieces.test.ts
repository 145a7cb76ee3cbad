import fc from 'fast-check';
import { expect, it } from 'vitest';
import { areLonger, compactPieces, linePieces, utf8Of } from '#lib/report/json-pieces.ts';

const reports = fc.dictionary(
  fc.string(),
  fc.oneof(fc.jsonValue(), fc.array(fc.dictionary(fc.string(), fc.jsonValue())), fc.constant(undefined)),
);

it('is JSON of the same, in pieces', () => {
  fc.assert(
    fc.property(reports, (value) => {
      const same = JSON.parse(JSON.stringify(value));
      for (const pieces of [linePieces, compactPieces]) {
        expect(JSON.parse([...pieces(value)].join(''))).toEqual(same);
        expect(utf8Of(pieces(value)).toString('utf8')).toBe([...pieces(value)].join(''));
      }
    }),
  );
});

it('has a line for each entry of a list, or none', () => {
  const value = { a: 1, b: [{ c: 2 }, { c: 3 }], d: undefined, e: [1, 2], f: [] };
  expect([...linePieces(value)].join('')).toBe(
    '{\n  "a": 1,\n  "b": [\n    {"c":2},\n    {"c":3}\n  ],\n  "e": [1,2],\n  "f": []\n}\n',
  );
  expect([...compactPieces(value)].join('')).toBe(JSON.stringify(value));
});

it('makes one whole of pieces longer than what is made bytes at once', () => {
  const pieces = Array.from({ length: 5 }, (_, index) => `${index}é`.repeat(250_000));
  expect(utf8Of(pieces).equals(Buffer.from(pieces.join('')))).toBe(true);
});

it('makes no more pieces than it takes to see that they are longer', () => {
  let made = 0;
  function* pieces() {
    for (;;) yield `${++made}`.padEnd(10);
  }
  expect(areLonger(pieces(), 25)).toBe(true);
  expect(made).toBe(3);
  expect(areLonger(['12345', '67890'], 10)).toBe(false);
});
