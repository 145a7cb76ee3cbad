import { afterEach, beforeEach, expect, it } from 'vitest';
import type { AccessEntry } from '#lib/outbox/access-history.ts';
import { appendAccess } from '#lib/outbox/access-log.ts';
import { withLoggedHistory } from '#lib/outbox/log-history.ts';
import type { RecordTable } from '#lib/outbox/table.ts';
import type { Access } from '#lib/past/access.ts';
import type { CheckReport } from '#lib/report/types.ts';
import { reportOf, result } from '#test/lib/report/fixtures.ts';
import { startHistoryTable } from '#test/support/dynamodb.ts';
import { change } from './fixtures.ts';

let table: RecordTable;
let stop: () => Promise<void>;
beforeEach(async () => {
  const started = await startHistoryTable();
  table = started.table;
  stop = started.stop;
});
afterEach(() => stop());

const on = (day: number) => `2026-11-${String(day).padStart(2, '0')}T12:00:00.000Z`;
const allowing = (...actions: readonly string[]): Access => ({
  policies: [
    {
      name: 'own',
      type: 'inline',
      text: JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Action: actions.map((one) => `rekognition:${one}`), Resource: '*' }],
      }),
    },
  ],
  facts: {},
});
const entry = (since: number, more: Partial<AccessEntry> & Pick<AccessEntry, 'kind'>): AccessEntry => ({
  subject: 'role/analyst',
  arn: 'arn:aws:iam::123456789012:role/analyst',
  since: on(since),
  changes: [],
  ...more,
});

const log = [
  entry(1, { kind: 'known', access: allowing('DetectLabels', 'ListFaces') }),
  entry(3, {
    kind: 'known',
    after: on(2),
    access: allowing('DetectLabels', 'DeleteFaces'),
    changes: [change('e1', on(3))],
  }),
  entry(4, { kind: 'open', access: allowing('DetectLabels', 'IndexFaces'), after: on(4), until: on(5) }),
  entry(6, { kind: 'unknown', after: on(5) }),
  entry(7, { kind: 'known', after: on(6), access: allowing('DetectLabels') }),
  entry(8, { kind: 'ended', after: on(7) }),
  entry(9, { kind: 'known', after: on(8), access: allowing('DetectLabels') }),
  // Somebody whose name begins alike, and somebody who was looked at once.
  entry(2, { kind: 'ended', subject: 'role/analyst-2' }),
  entry(1, { kind: 'known', subject: 'user/bob', access: allowing('DetectLabels') }),
];

it.each(['few', 'many'] as const)(
  'tells what the log knows of each principal, asked for %s',
  async (count) => {
    for (const one of log) await appendAccess({ table, days: 400 }, one);
    const base = reportOf([], {
      principals: [result('role/analyst', 'findings'), result('user/bob', 'findings')],
    });
    const [some] = base.principals;
    if (some === undefined) throw new Error('nobody');
    const others = Array.from({ length: count === 'many' ? 30 : 0 }, (_, at) => ({
      ...some,
      subject: `role/other-${at}`,
    }));
    const report: CheckReport = { ...base, principals: [...base.principals, ...others] };
    const { principals } = await withLoggedHistory(report, table);
    const history = principals.find(({ subject }) => subject === 'role/analyst')?.history ?? [];
    expect(history.map(({ at, after, what }) => [at.slice(8, 10), after?.slice(8, 10), what])).toEqual([
      ['01', undefined, 'was looked at for the first time, and can do 2 actions of Rekognition'],
      ['03', '02', 'can also do DeleteFaces; can no longer do ListFaces'],
      ['04', '04', `could do for a while, until ${on(5)}: IndexFaces`],
      ['06', '05', 'what it can do could not be read'],
      ['07', '06', 'could be read again: 1 action of Rekognition'],
      ['08', '07', 'does not exist any more'],
      ['09', '08', 'was created, and can do 1 action of Rekognition'],
    ]);
    expect(history[1]?.causes).toEqual([expect.stringMatching(/, by /)]);
    expect(principals.find(({ subject }) => subject === 'user/bob')?.history).toBeUndefined();
  },
);
