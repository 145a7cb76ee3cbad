import { expect, test } from 'vitest';
import { applyChanges } from '#lib/account/apply-change.ts';
import type { Account } from '#lib/account/types.ts';
import { checkAccount } from '#lib/check/account.ts';
import { parseExpectations } from '#lib/expectation/parse.ts';
import { catalogPolicies } from '#lib/expectation/sets.ts';
import { openFindings } from '#lib/report/exit.ts';
import { accept, checkOf } from '#lib/workbench/accept.ts';
import { fix } from '#lib/workbench/fix/fix.ts';
import { firstExpectations } from '#lib/workbench/init.ts';
import { whatIf } from '#lib/workbench/what-if.ts';
import { accountOf } from '#test/lib/reach/account.ts';
import { afterCommands, changesOf, commandsIn } from '#test/support/aws-commands.ts';
import { accessCases } from './access-cases.ts';
import { type Case, sets } from './case.ts';
import { otherCases } from './other-cases.ts';

const said = (findings: readonly { kind: string; subject: string }[]) =>
  [...new Set(findings.map(({ kind, subject }) => `${kind} ${subject}`))].sort();

const expectationsOf = (text: string) => {
  const { expectations, diagnostics } = parseExpectations(text, 'expectations.yaml');
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) throw new Error(errors.map(({ message }) => message).join('\n'));
  return expectations;
};

const time = { reason: 'so for now', owner: 'o@example.com', until: '2099-12-31' };

function accountIn({ all, more }: Case, principals = all): Account {
  return { ...accountOf(...principals), ...more };
}

const each = Object.entries({ ...accessCases, ...otherCases });

test.each(each)('what is found: %s', async (_, one) => {
  const { guardrails } = one;
  const expectations = expectationsOf(sets + one.rules);
  const { findings } = await checkAccount(accountIn(one), { expectations, guardrails });
  expect(said(openFindings(findings))).toEqual([...one.found].sort());
});

test.each(each)('what fix says is clean: %s', async (_, one) => {
  const { all, left = {}, guardrails } = one;
  const expectations = expectationsOf(sets + one.rules);
  const answer = await fix(accountIn(one), { expectations, guardrails });
  expect([...new Set(answer.left.map(({ finding, why }) => `${said([finding])[0]}: ${why}`))]).toEqual(
    Object.entries(left).map(([what, why]) => expect.stringMatching(new RegExp(`^${what}: .*${why.source}`))),
  );
  const after = afterCommands(all, answer.commands, catalogPolicies);
  const present = await checkAccount(accountIn(one, after), {
    expectations: expectationsOf(sets + one.rules),
    guardrails,
  });
  expect(said(openFindings(present.findings))).toEqual(Object.keys(left).sort());
  if (answer.commands.length === 0) return;
  // The same changes, asked about before they are made.
  const changes = changesOf(answer.commands, all, catalogPolicies);
  expect(applyChanges(all, changes)).toEqual(after);
  const asked = await whatIf(accountIn(one), () => changes, {
    expectations: expectationsOf(sets + one.rules),
    guardrails,
  });
  const past = await checkAccount(accountIn(one), { expectations, guardrails });
  const ids = (findings: readonly { id: string }[]) => findings.map(({ id }) => id).sort();
  expect(ids(asked.come)).toEqual([]);
  const now = new Set(present.findings.map(({ id }) => id));
  expect(ids(asked.go)).toEqual(ids(past.findings.filter(({ id }) => !now.has(id))));
});

test.each(each)('the commands that a finding tells end it, and bring nothing: %s', async (_, one) => {
  const { all, guardrails } = one;
  const check = checkOf(accountIn(one), guardrails);
  const { findings } = await check(expectationsOf(sets + one.rules));
  const before = new Set(findings.map(({ id }) => id));
  for (const { id, remedies } of openFindings(findings)) {
    const commands = commandsIn(remedies.join('\n'));
    if (commands.length === 0) continue;
    const after = afterCommands(all, commands, catalogPolicies);
    const { findings: now } = await checkOf(
      accountIn(one, after),
      guardrails,
    )(expectationsOf(sets + one.rules));
    expect(now.map((finding) => finding.id)).not.toContain(id);
    expect(said(now.filter((finding) => !before.has(finding.id)))).toEqual([]);
  }
});

test.each(each)('what is accepted is found no more: %s', async (_, one) => {
  const { guardrails } = one;
  const start = `# kept\n${sets}${one.rules}`;
  const check = checkOf(accountIn(one), guardrails);
  const { findings } = await check(expectationsOf(start));
  for (const finding of openFindings(findings)) {
    const ways = finding.acceptance === undefined ? [time] : [undefined, time];
    for (const suppression of ways) {
      const options = { file: 'expectations.yaml', text: start, expectations: expectationsOf(start) };
      const { text } = await accept(check, [finding.id], { ...options, suppression });
      expect(text).toMatch(/^# kept\n/);
      const { findings: now } = await check(expectationsOf(text));
      expect(openFindings(now).map(({ id }) => id)).not.toContain(finding.id);
    }
  }
});

test.each(each)('what init writes finds nothing: %s', async (_, one) => {
  const { guardrails } = one;
  const { text } = await firstExpectations(accountIn(one), { guardrails });
  const { findings } = await checkAccount(accountIn(one), { expectations: expectationsOf(text), guardrails });
  expect(said(openFindings(findings))).toEqual([]);
});
