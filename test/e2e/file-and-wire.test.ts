import { existsSync } from 'node:fs';
import { startLocalAws } from '@permission-check/embedded-aws';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { rekognitionCatalog } from '#cli/demo/service-catalog.ts';
import { guardrailsFromFile } from '#lib/account/guardrails-file.ts';
import { run } from '#test/cli/program.ts';
import { readReport } from '#test/support/report.ts';

const example = '../shared/data/example-account-authorization-details.json';
const json = ['--format', 'json'];
const fast = ['--calls-per-second', '10000', '--concurrency', '8'];

const reportShape = z.object({
  principals: z.array(z.object({ subject: z.string(), status: z.string() })),
  findings: z.array(
    z.object({
      id: z.string(),
      kind: z.string(),
      severity: z.string(),
      subject: z.string(),
      summary: z.string(),
      scope: z.string().optional(),
      when: z.string().optional(),
      // Where it is the finding's own, an action names no severity.
      actions: z.array(z.object({ action: z.string(), severity: z.string().optional() })),
      remedies: z.array(z.string()),
    }),
  ),
});

const read = (text: string) => {
  const { principals, findings } = reportShape.parse(readReport(text));
  // The columns of a document that the file holds as an object are those of whoever writes it out.
  const settled = findings.map((one) => ({ ...one, summary: one.summary.replace(/column \d+/, 'column n') }));
  return { principals, findings: settled };
};

async function overTheWire(account: string, args: readonly string[], guardrails?: string): Promise<string> {
  const above = guardrails === undefined ? {} : { guardrails: await guardrailsFromFile(guardrails) };
  const aws = await startLocalAws({ catalog: rekognitionCatalog, account, ...above });
  try {
    return (await run(['check', ...args, ...json, ...fast], aws.env)).stdout;
  } finally {
    await aws.stop();
  }
}

describe('a file, and the same account served by the embedded AWS, give the same findings', () => {
  test('the sample company', async () => {
    const samples = 'cli/samples';
    const above = `${samples}/guardrails.yaml`;
    const args = ['--expectations', `${samples}/expectations.yaml`, '--guardrails', above];
    const file = await run(['check', '--account-details', `${samples}/account.json`, ...args, ...json]);
    const wire = await overTheWire(`${samples}/account.json`, args, above);
    const [byFile, byWire] = [read(file.stdout), read(wire)];
    expect(byFile.findings.length).toBeGreaterThan(10);
    // IAM's simulator refuses a principal with a policy that cannot be read: what it was not asked is told beside the rest.
    const unanswered = byWire.findings.filter(({ summary }) => summary.includes('IAM did not answer'));
    expect(unanswered).toEqual([
      expect.objectContaining({
        subject: 'role/kiosk-prototype',
        kind: 'inconclusive',
        severity: 'critical',
      }),
    ]);
    const answered = byWire.findings.filter((one) => !unanswered.includes(one));
    expect({ ...byWire, findings: answered }).toEqual(byFile);
  });

  // Runs where the example account is: it is not the project's own to carry.
  test.skipIf(!existsSync(example))(
    'an account that nobody here wrote (skipped without ../shared)',
    async () => {
      const file = await run(['check', '--account-details', example, ...json]);
      const wire = await overTheWire(example, []);
      expect(read(wire).principals).toHaveLength(122);
      expect(read(file.stdout).findings.length).toBeGreaterThan(3);
      expect(read(wire)).toEqual(read(file.stdout));
    },
    60_000,
  );
});
