import { existsSync, readFileSync } from 'node:fs';
import { InputError } from '#lib/errors.ts';
import { readDeployed } from '#lib/expectation/deployed.ts';
import type { Expectations } from '#lib/expectation/expectations.ts';
import type { LocatedData } from '#lib/expectation/located.ts';
import { readExpectations } from '#lib/expectation/read.ts';
import { readAdopted } from '#lib/outbox/adopted-expectations.ts';
import type { RecordTable } from '#lib/outbox/table.ts';

/**
 * The expectations given as text; else those that were taken from the stack's bucket; else those that were deployed with the
 * function (the build puts expectations.yaml beside each bundle, and what it has read of it).
 * @throws {InputError} naming every error of the file with its line: nothing is checked against half a file.
 */
export async function loadExpectations(table: RecordTable, text?: string): Promise<Expectations> {
  const file = text === undefined ? 'expectations.yaml' : 'expectations of the event';
  const located = text === undefined ? ((await adopted(table)) ?? (await deployed())) : await readText(text);
  const { expectations, diagnostics } = readExpectations(located, file, region);
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  if (errors.length > 0) {
    throw new InputError(
      errors.map(({ message, location }) => `${location.file}:${location.line}: ${message}`).join('\n'),
    );
  }
  return expectations;
}

/** The text of the expectations that hold: from the stack's bucket, else as deployed. */
export async function expectationsText(table: RecordTable): Promise<string> {
  const { file } = await readAdopted(table);
  return file?.text ?? deployedText();
}

const deployedText = () => readFileSync(new URL('expectations.yaml', import.meta.url), 'utf8');

/** Lambda sets it: the Region whose ARNs are asked about, where the file names none. */
const region = process.env.AWS_REGION === undefined ? {} : { region: process.env.AWS_REGION };

/** What a sweep has taken from the stack's bucket and found without errors. */
async function adopted(table: RecordTable): Promise<LocatedData | undefined> {
  const { file } = await readAdopted(table);
  return file && (readDeployed(file.deployed, file.text) ?? (await readText(file.text)));
}

/** An expectations.yaml that somebody has edited since the build counts as it now is. */
async function deployed(): Promise<LocatedData> {
  const text = deployedText();
  const read = new URL('expectations.json', import.meta.url);
  const located = existsSync(read) ? readDeployed(readFileSync(read, 'utf8'), text) : undefined;
  return located ?? (await readText(text));
}

/** The YAML parser is a tenth of the code and is rarely needed: it stays outside of what every start loads. */
async function readText(text: string): Promise<LocatedData> {
  const { readYaml } = await import('#lib/expectation/yaml-file.ts');
  return readYaml(text);
}
