import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { accountAt, STDIN } from '#cli/account-file.ts';
import { expectationsFrom, ownSets, readExpectationsFile, textOf } from '#cli/expectations-file.ts';
import { refuseIdle } from '#cli/idle-options.ts';
import { assertWritable, writeOutput } from '#cli/output-file.ts';
import { guardrailsOf } from '#cli/source.ts';
import { InputError } from '#lib/errors.ts';
import { catalogPolicies, otherVersion } from '#lib/expectation/sets.ts';
import {
  type Differences,
  differencesExit,
  differencesJson,
  renderDifferences,
} from '#lib/report/differences.ts';
import {
  diffReports,
  looksLikeReport,
  renderReportDiff,
  reportDiffExit,
  reportDiffJson,
} from '#lib/report/report-diff.ts';
import { diffAccounts, diffSets } from '#lib/workbench/diff.ts';
import { diffExpectations } from '#lib/workbench/diff-expectations.ts';

export interface SidesFlags {
  readonly accountDetails?: string;
  readonly guardrails?: string;
  readonly expectations?: string;
  readonly region?: string;
  readonly format: string;
  readonly output?: string;
}

/** `diff BEFORE AFTER`: two accounts, two files of expectations, two reports, or two sets. */
export async function runDiff(before: string, after: string | undefined, flags: SidesFlags): Promise<void> {
  if (after === undefined) throw new InputError('diff takes two: what was, and what is');
  if (flags.format !== 'text' && flags.format !== 'json') {
    throw new InputError(`--format ${flags.format} is for --plan: two sides are compared as text or json`);
  }
  if (flags.output !== undefined) assertWritable(flags.output);
  const { text, exit } = await compared(before, after, flags);
  if (flags.output === undefined) process.stdout.write(text);
  else writeOutput(flags.output, text);
  process.exitCode = exit;
}

async function compared(before: string, after: string, flags: SidesFlags) {
  const isJson = flags.format === 'json';
  if (kindOf(before) === 'report' && kindOf(after) === 'report') {
    const [past, present] = [before, after].map((name) => ({ name, text: textOf(name) }));
    if (past === undefined || present === undefined) throw new Error('two reports are needed');
    const diff = diffReports(past, present);
    return { text: isJson ? reportDiffJson(diff) : renderReportDiff(diff), exit: reportDiffExit(diff) };
  }
  const differences = await differencesOf(before, after, flags);
  const text = isJson ? differencesJson('diff', differences) : renderDifferences(differences);
  return { text, exit: differencesExit(differences) };
}

type SideKind = 'account' | 'expectations' | 'report' | 'set';

const words: Readonly<Record<SideKind, string>> = {
  account: 'an account file',
  expectations: 'an expectations file',
  report: 'a report',
  set: 'a set',
};

function kindOf(side: string): SideKind {
  if (side === STDIN) return 'account';
  if (!existsSync(side) && !/\.(json|ya?ml)$/.test(side)) return 'set';
  if (/\.ya?ml$/.test(side)) return 'expectations';
  return existsSync(side) && looksLikeReport(beginningOf(side)) ? 'report' : 'account';
}

/** An account may be a large file. */
function beginningOf(path: string): string {
  const beginning = Buffer.alloc(200);
  const file = openSync(path, 'r');
  try {
    return beginning.toString('utf8', 0, readSync(file, beginning));
  } catch {
    return '';
  } finally {
    closeSync(file);
  }
}

async function differencesOf(before: string, given: string, flags: SidesFlags): Promise<Differences> {
  const after = otherVersion(before, given);
  const kinds = [kindOf(before), kindOf(after)] as const;
  if (kinds[0] !== kinds[1]) {
    throw new InputError(
      `${before} is ${words[kinds[0]]}, and ${after} ${words[kinds[1]]}: compare two of a kind`,
    );
  }
  if (kinds[0] !== 'expectations') {
    refuseIdle(flags, ['accountDetails'], 'is for expectations files, which are compared for its principals');
  }
  const { baseline } = expectationsFrom(flags.expectations, flags.region, () => {});
  const options = { baseline, guardrails: await guardrailsOf(flags), names: [before, after] as const };
  if (kinds[0] === 'set') return diffSets(policiesOf(before, flags), policiesOf(after, flags), options);
  if (kinds[0] === 'account') {
    return diffAccounts(await accountAt(before), await accountAt(after), options);
  }
  if (flags.accountDetails === undefined) {
    throw new InputError(
      'two expectations files are compared for the principals of an account: give --account-details',
    );
  }
  const read = (file: string) => readExpectationsFile(file, {}, () => {});
  return diffExpectations(read(before), read(after), await accountAt(flags.accountDetails), options);
}

function policiesOf(name: string, { expectations }: SidesFlags) {
  const own = ownSets(expectations).find((set) => set.name === name);
  if (own === undefined) return catalogPolicies(name);
  return own.documents.map((text) => ({ name, type: 'set' as const, text }));
}
