import { parse } from 'csv-parse/sync';
import { describe, expect, test } from 'vitest';
import { formats } from '#lib/report/formats/formats.ts';
import { matrixOf } from '#lib/report/formats/matrix.ts';
import { reportAsJson } from '#lib/report/json.ts';
import { fileText } from '#lib/report/report-file.ts';
import { analyst, reportOf, result } from '#test/lib/report/fixtures.ts';
import { readReport } from '#test/support/report.ts';

import { whole } from './hostile.ts';

describe('the matrix', () => {
  const full = { access: 'full', where: ['every resource'], by: [] } as const;
  const none = { access: 'none', where: [], by: [] } as const;
  const of = (action: string, one: typeof full | typeof none) => ({
    action: `rekognition:${action}`,
    ...one,
  });
  // The catalogue's order.
  const names = ['AssociateFaces', 'CompareFaces'] as const;
  const report = reportAsJson(
    reportOf(analyst, {
      principals: [
        {
          ...result('role/analyst', 'findings'),
          access: {
            expected: names.map((name) => of(name, none)),
            observed: names.map((name) => of(name, full)),
          },
        },
        {
          ...result('role/idle', 'as-expected'),
          access: {
            expected: names.map((name) => of(name, none)),
            observed: names.map((name) => of(name, none)),
          },
        },
      ],
    }),
  );
  test('the report with access has the published shape', () => {
    expect(readReport(fileText(report)).access?.rows).toHaveLength(2);
  });
  test('a cell says what the findings say, and what was expected and observed', () => {
    const { actions, rows } = matrixOf(report);
    const at = actions.findIndex(({ action }) => action === 'rekognition:AssociateFaces');
    expect(rows[0]?.cells[at]).toEqual({ state: 'excess', expected: 'none', observed: 'full' });
    expect(rows[1]?.cells[at]).toEqual({ state: 'ok', expected: 'none', observed: 'none' });
    const [analystRow]: Record<string, string>[] = parse(formats['matrix-csv'].render(report), {
      columns: true,
    });
    expect(analystRow?.['rekognition:AssociateFaces']).toBe('excess: expected none, observed full');
  });
  test('who is not judged is not called ok, and what is unknown of a principal is unknown of each action', () => {
    const { rows } = matrixOf(whole);
    const states = (subject: string) =>
      new Set(rows.find(({ principal }) => principal.subject === subject)?.cells.map(({ state }) => state));
    expect(states('role/OrganizationAccountAccessRole')).toEqual(new Set(['not judged']));
    expect(states('role/etl')).toEqual(new Set(['inconclusive']));
    expect(states('role/legacy')).toEqual(new Set(['suppressed']));
  });
});
