import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { deployStack, sample } from '#cli/demo/stack.ts';

test('whom the team expects anything of is listed in the baseline', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'expectations-'));
  const expectations = join(directory, 'expectations.yaml');
  writeFileSync(expectations, 'principals:\n  - match: role/break-glass\n    expect: any\n');
  const deployed = await deployStack({ account: sample('story-account.json'), expectations });
  try {
    deployed.stack.tick('SweepFunctionDaily');
    await deployed.stack.settle();
    const [baseline, ...others] = deployed.aws.messages();
    expect(others).toEqual([]);
    expect(baseline?.subject).toMatch(/principals watched/);
    expect(baseline?.byProtocol.email).toMatch(/role\/break-glass[^\n]*(\n[^\n]*){0,2}any/);
  } finally {
    await deployed.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}, 60_000);
