import { readFileSync } from 'node:fs';
import { InvalidArgumentError } from 'commander';
import { assertWritable, writeOutput } from '#cli/output-file.ts';
import { InputError } from '#lib/errors.ts';
import { type Format, formats } from '#lib/report/formats/formats.ts';
import { type PageAssets, renderHtml } from '#lib/report/formats/html.ts';
import { renderAnnotations } from '#lib/report/github.ts';
import { reportAsJson } from '#lib/report/json.ts';
import { renderMarkdown } from '#lib/report/markdown.ts';
import { fileText } from '#lib/report/report-file.ts';
import { renderText, type TextOptions } from '#lib/report/text.ts';
import type { CheckReport } from '#lib/report/types.ts';

const names = ['text', 'json', 'html', 'markdown', 'github', ...Object.keys(formats)];

/** A form of the report, and where it goes; without a file to the terminal. */
export interface Wanted {
  readonly format: string;
  readonly file?: string;
}

export const formatNames = names.join(', ');

/** Reads `--format junit=out.xml`, which may be given several times. */
export function wantedFormat(value: string, before: readonly Wanted[] = []): readonly Wanted[] {
  const at = value.indexOf('=');
  const format = at < 0 ? value : value.slice(0, at);
  if (!names.includes(format)) throw new InvalidArgumentError(`Allowed choices are ${formatNames}.`);
  if (at < 0) return [...before, { format }];
  const file = value.slice(at + 1);
  if (file === '') throw new InvalidArgumentError(`Name a file after ${format}=.`);
  return [...before, { format, file }];
}

/**
 * Which forms go where.
 *
 * @throws InputError where two would go to the same place, or to a file that cannot be written.
 */
export function destinations(given: readonly Wanted[] = [], output?: string): readonly Wanted[] {
  const bare = given.filter(({ file }) => file === undefined);
  const [one, another] = bare;
  if (one !== undefined && another !== undefined) {
    throw new InputError(
      `only one form can go to ${output ?? 'the terminal'}: name a file for the others, --format ${another.format}=FILE`,
    );
  }
  // What has a file of its own leaves the terminal to nobody, unless it is asked for.
  const rest = one ?? (given.length === 0 || output !== undefined ? { format: 'text' } : undefined);
  const wanted = given.filter(({ file }) => file !== undefined);
  const all =
    rest === undefined ? wanted : [{ ...rest, ...(output === undefined ? {} : { file: output }) }, ...wanted];
  const seen = new Set<string>();
  for (const { file } of all) {
    if (file === undefined) continue;
    if (seen.has(file)) throw new InputError(`two forms of the report would be written to ${file}`);
    seen.add(file);
    assertWritable(file);
  }
  return all;
}

/**
 * Makes sure, before anything is checked, that each account has files of its own.
 *
 * @throws InputError where the reports of several accounts would go to one file
 */
export function assertApart(wanted: readonly Wanted[], accounts: number): void {
  const shared = wanted.find(({ file }) => file !== undefined && !file.includes('{account}'));
  if (accounts > 1 && shared !== undefined) {
    throw new InputError(`several accounts would be written to ${shared.file}: put {account} in its name`);
  }
}

/**
 * Where the forms of each account's report go: `{account}` in a name is its id.
 *
 * @throws InputError where two of the files are of one account, and would go to one place
 */
export function ofAccounts(
  wanted: readonly Wanted[],
  reports: readonly CheckReport[],
): readonly (readonly Wanted[])[] {
  const seen = new Set<string>();
  return reports.map(({ accountId }) => {
    const own = wanted.map(({ format, file }) => ({
      format,
      ...(file !== undefined && { file: file.replaceAll('{account}', accountId) }),
    }));
    const twice = own.find(({ file }) => file !== undefined && seen.has(file));
    if (twice !== undefined) {
      throw new InputError(
        `two of the account files are of account ${accountId}: both would be written to ${twice.file}`,
      );
    }
    for (const { file } of own) if (file !== undefined) seen.add(file);
    return own;
  });
}

/** Whether a form shows the access of everybody, which costs a search for each distinct set of policies. */
export const showsAccess = (wanted: readonly Wanted[]): boolean =>
  wanted.some(({ format }) => format === 'html' || formatNamed(format)?.access === true);

const formatNamed = (name: string): Format | undefined =>
  Object.entries<Format>(formats).find(([known]) => known === name)?.[1];

/** Stand beside the built command line. */
const pageAssets = (): PageAssets => {
  const textOf = (name: string) => readFileSync(new URL(name, import.meta.url), 'utf8');
  return { script: textOf('./page.js'), style: textOf('./page-style.css') };
};

/** Writes the report in each form. */
export function writeReports(
  report: CheckReport,
  wanted: readonly Wanted[],
  textOptions: (file: string | undefined) => TextOptions,
): void {
  const json = reportAsJson(report);
  const render: Readonly<Record<string, (file?: string) => string>> = {
    text: (file) => renderText(report, textOptions(file)),
    json: () => fileText(json),
    html: () => renderHtml(reportAsJson(report, { texts: true }), pageAssets()),
    markdown: () => renderMarkdown(report),
    github: () => renderAnnotations(report),
  };
  for (const { format, file } of wanted) {
    const text = render[format]?.(file) ?? formatNamed(format)?.render(json) ?? '';
    if (file === undefined) process.stdout.write(text);
    else writeOutput(file, text);
  }
}
