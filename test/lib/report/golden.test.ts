import { describe, expect, test } from 'vitest';
import { type DigestContext, digest } from '#lib/report/digest.ts';
import { email } from '#lib/report/email.ts';
import type { Mail } from '#lib/report/mail-content.ts';
import { renderText } from '#lib/report/text.ts';
import { accountId } from '#test/lib/compare/fixtures.ts';
import { alerts, analyst, bob, reportOf, result, shop, wholeReport } from './fixtures.ts';

/** What people read is kept beside the tests, so that a review sees every change of it. `vitest -u` writes it anew. */
const golden = (text: string, name: string) => expect(text).toMatchFileSnapshot(`./golden/${name}.txt`);

const readable = ({ subject, text, attributes }: Mail): string =>
  `Subject: ${subject}\n\n${text}\nAttributes:\n${Object.entries(attributes)
    .map(([name, { value }]) => `  ${name}: ${JSON.stringify(value)}`)
    .join('\n')}\n`;

const context: DigestContext = {
  accountId,
  region: 'us-east-1',
  at: '2026-11-24T12:04:40Z',
  purpose: 'change',
};

describe('the terminal', () => {
  test('a report', () =>
    golden(
      renderText(wholeReport, {
        width: 80,
        explain: { program: 'rekognition-permission-check', options: ['--account-details', 'account.json'] },
      }),
      'terminal',
    ));
  test('with details', () =>
    golden(renderText(wholeReport, { width: 120, details: true }), 'terminal-details'));
  test('a clean one', () => golden(renderText(reportOf([])), 'terminal-clean'));
  test('an empty one', () => golden(renderText(reportOf([], { principals: [] })), 'terminal-empty'));
});

describe('the mail', () => {
  test('on one finding', () =>
    golden(
      readable(email(reportOf(analyst, { principals: [result('role/analyst', 'findings')] }))),
      'mail-one',
    ));
  test('on a whole report', () =>
    golden(
      readable(email(wholeReport, { fullReport: 's3://example-reports/2026-11-24T12-04-10Z.json' })),
      'mail-report',
    ));
  test('on a clean report', () => golden(readable(email(reportOf([]))), 'mail-clean'));
  test('on a change', () =>
    golden(readable(digest([alerts('role/analyst', 'new', analyst)], context)), 'mail-change'));
  test('on what is resolved', () =>
    golden(readable(digest([alerts('role/analyst', 'resolved', analyst)], context)), 'mail-resolved'));
  test('on who is not judged any more', () =>
    golden(
      readable(
        digest([alerts('role/analyst', 'resolved', analyst, { alert: { notJudged: true } })], context),
      ),
      'mail-not-judged',
    ));
  test('on a policy that many have', () =>
    golden(
      readable(
        digest(
          Array.from({ length: 500 }, (_, i) => alerts(`role/worker-${i + 1}`, 'new', analyst)),
          context,
        ),
      ),
      'mail-many',
    ));
  test('on several states at once', () => {
    const [before] = analyst.map((finding) => ({ ...finding, actions: finding.actions.slice(3) }));
    return golden(
      readable(
        digest(
          [
            alerts('role/analyst', 'worse', analyst, before ? { alert: { before } } : {}),
            alerts('user/bob', 'reminder', bob, { changes: [] }),
            alerts('role/shop-search', 'resolved', shop, { changes: [], alert: { deleted: true } }),
          ],
          { ...context, purpose: 'sweep' },
        ),
      ),
      'mail-states',
    );
  });
});
