/** One measured run in a process of its own: `account-run.ts parse|load|check|describe FILE`; prints a line of JSON. */
import { readFileSync } from 'node:fs';
import { PolicyCompiler } from '@permission-check/iam-policy';
import { accountFromFile } from '#lib/account/from-file.ts';
import { actions, actionTable } from '#lib/catalog/actions.ts';
import { checkAccount } from '#lib/check/account.ts';
import { observedPolicies } from '#lib/check/policy-sets.ts';
import { builtInExpectations } from '#lib/expectation/parse.ts';
import { grantsNothing } from '#lib/plan/grants-nothing.ts';

const [, , what, path = ''] = process.argv;

/** Distinct policy sets, and the principals that may have access to Rekognition. */
async function describe() {
  const compiler = new PolicyCompiler(actionTable);
  const sets = new Set<string>();
  let granted = 0;
  for await (const principal of (await accountFromFile(path)).principals()) {
    const { policies, boundary } = principal;
    sets.add(JSON.stringify([...policies, boundary].map((one) => one && [one.name, one.arn ?? one.text])));
    if (!grantsNothing(compiler.compileSet(observedPolicies(principal)), actions)) granted++;
  }
  return { sets: sets.size, granted };
}

async function run() {
  switch (what) {
    case 'parse': {
      const { UserDetailList, RoleDetailList } = JSON.parse(readFileSync(path, 'utf8'));
      return { principals: UserDetailList.length + RoleDetailList.length, findings: 0 };
    }
    case 'load': {
      let principals = 0;
      for await (const _ of (await accountFromFile(path)).principals()) principals++;
      return { principals, findings: 0 };
    }
    case 'check': {
      const report = await checkAccount(await accountFromFile(path), { expectations: builtInExpectations() });
      return { principals: report.principals.length, findings: report.findings.length };
    }
    default:
      throw new Error(`parse, load, check or describe, not ${what}`);
  }
}

async function measured() {
  const start = performance.now();
  const result = await run();
  const seconds = (performance.now() - start) / 1000;
  // Of the whole process, its start included.
  const { user, system } = process.cpuUsage();
  // Kibibytes on Linux and macOS.
  return { seconds, cpu: (user + system) / 1e6, megabytes: process.resourceUsage().maxRSS / 1024, ...result };
}

process.stdout.write(`${JSON.stringify(await (what === 'describe' ? describe() : measured()))}\n`);
