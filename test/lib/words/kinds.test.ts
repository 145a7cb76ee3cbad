import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import * as z from 'zod';
import { kinds } from '#lib/report/formats/kinds.ts';
import { findingKinds, kindWords } from '#lib/words/kinds.ts';

const schema = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'));
const anEnum = z.object({ enum: z.array(z.string()) });
const ofReport = z.object({
  definitions: z.object({ finding: z.object({ properties: z.object({ kind: anEnum }) }) }),
});
const ofAnnouncement = z.object({
  properties: z.object({ finding: z.object({ properties: z.object({ kind: anEnum }) }) }),
});

it('every kind is in the schemas, in the order in which kinds are told', () => {
  const inReport = ofReport.parse(schema('report.schema.json')).definitions.finding.properties.kind.enum;
  const inEvents = ofAnnouncement.parse(schema('announcement.schema.json')).properties.finding.properties
    .kind;
  expect(inReport).toEqual(findingKinds);
  expect(inEvents.enum).toEqual(findingKinds);
});

it('every kind is in the table of the documentation, and no other', () => {
  const table = readFileSync('docs/architecture.md', 'utf8').split('| kind of finding')[1] ?? '';
  const rows = table.split('\n').filter((row) => row.startsWith('| `'));
  const documented = rows.flatMap((row) =>
    [...(row.split('|')[1] ?? '').matchAll(/`([a-z-]+)`/g)].map(([, kind = '']) => kind),
  );
  expect(documented.toSorted()).toEqual(findingKinds.toSorted());
});

it('every kind has its words and its place in the formats, and leaves open what a message knows', () => {
  expect(Object.keys(kindWords).toSorted()).toEqual(findingKinds.toSorted());
  expect(Object.keys(kinds).toSorted()).toEqual(findingKinds.toSorted());
  const known = ['now', 'still', 'what', 'count', 'when', 'edited', 'used', 'whom'];
  for (const { sentence, bare = '', ended } of Object.values(kindWords))
    for (const [, name] of `${sentence} ${bare} ${ended}`.matchAll(/\{(\w+)\}/g))
      expect(known).toContain(name);
});
