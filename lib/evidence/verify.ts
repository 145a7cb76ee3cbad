import type { Simulate } from '#lib/check/check-options.ts';
import type { JsonReport } from '#lib/report/json.ts';
import { fileText, unfolded } from '#lib/report/report-file.ts';
import project from '../../package.json' with { type: 'json' };
import { accountText, readAccountText } from './account-text.ts';
import { replayedAnswers } from './answers.ts';
import { readControls } from './controls.ts';
import { conclusions, type Judging, judge } from './judge.ts';
import { ACCOUNT, ANSWERS, CONTROLS, EXPECTATIONS, judgedText, servicesExpected } from './make.ts';
import { type Files, hashOf, MANIFEST, type Manifest, unsealed } from './manifest.ts';
import { type Snapshot, snapshotHash } from './snapshot.ts';
import { differences } from './statements.ts';

export interface Verification {
  /** Absent where it cannot be read. */
  readonly manifest?: Manifest;
  /** SHA-256 of the manifest. */
  readonly seal?: string;
  /** What of the files is not as the manifest says; nothing is judged again then. */
  readonly changed: readonly string[];
  /** What the files state and what does not follow, or follows and is not stated. */
  readonly unfounded: readonly string[];
  /** What was judged again. */
  readonly followed?: { readonly principals: number; readonly findings: number; readonly version: string };
}

const report = 'report.json';

/**
 * Judges an evidence again, from its own files alone, and compares.
 *
 * @param whole the account that it was made of, where it is at hand: then its hash, and what was left out, are compared
 */
export async function verifyEvidence(files: Files, whole?: Snapshot): Promise<Verification> {
  const { manifest, problems } = unsealed(files);
  const seal = files[MANIFEST] && hashOf(files[MANIFEST]);
  const head = { ...(manifest && { manifest }), ...(seal === undefined ? {} : { seal }) };
  if (manifest === undefined || problems.length > 0) return { ...head, changed: problems, unfounded: [] };
  const texts = textsOf(files);
  try {
    return { ...head, changed: [], ...(await replayed(manifest, texts, whole)) };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { ...head, changed: [], unfounded: [`it cannot be judged again: ${message}`] };
  }
}

type Texts = Readonly<Record<string, string>>;

const textsOf = (files: Files): Texts =>
  Object.fromEntries(
    Object.entries(files).map(([name, bytes]) => [name, Buffer.from(bytes).toString('utf8')]),
  );

async function replayed(
  manifest: Manifest,
  texts: Texts,
  whole: Snapshot | undefined,
): Promise<Pick<Verification, 'unfounded' | 'followed'>> {
  const snapshot = readAccountText(texts[ACCOUNT] ?? '');
  const judged = await judge(snapshot, judgingOf(manifest, texts), simulationOf(texts));
  const controls = readControls(texts[CONTROLS] ?? '', CONTROLS);
  const { json, files } = conclusions(judged, snapshot, controls, manifest.seconds);
  // The form of a report is checked by comparing: a text of another form states something else.
  const read = (text: string) => unfolded(JSON.parse(text)) as JsonReport;
  const unfounded = [
    ...differences(read(texts[report] ?? ''), read(fileText(json))),
    ...Object.entries(files).flatMap(([name, text]) =>
      texts[name] === text ? [] : [`${name}: is not what follows`],
    ),
    ...headDifferences(manifest, json, snapshot),
    ...(whole === undefined
      ? []
      : wholeDifferences(whole, manifest, texts[ACCOUNT] ?? '', servicesExpected(snapshot, judged))),
  ];
  const { principals, findings } = json;
  const followed = { principals: principals.length, findings: findings.length, version: project.version };
  return { unfounded, followed };
}

function judgingOf({ startedAt, region, expectations, input }: Manifest, texts: Texts): Judging {
  const text = texts[EXPECTATIONS];
  if ((text === undefined) !== (expectations === undefined))
    throw new Error(`${EXPECTATIONS} and ${MANIFEST} do not agree on whether there were expectations`);
  return {
    startedAt,
    region,
    input,
    ...(text === undefined || expectations === undefined
      ? {}
      : { expectations: { name: expectations, text } }),
  };
}

const simulationOf = ({ [ANSWERS]: answers }: Texts): Simulate | undefined =>
  answers === undefined ? undefined : replayedAnswers(answers);

function headDifferences(manifest: Manifest, json: JsonReport, { principals }: Snapshot): readonly string[] {
  const claims: readonly (readonly [string, unknown, unknown])[] = [
    ['the account', manifest.accountId, json.accountId],
    ['the program', manifest.program.version, json.program.version],
    ['the catalogue', manifest.catalogue, json.catalogue],
    ['the number of principals', manifest.snapshot.principals, principals.length],
  ];
  return claims
    .filter(([, claimed, found]) => JSON.stringify(claimed) !== JSON.stringify(found))
    .map(
      ([what, claimed, found]) =>
        `${MANIFEST}: ${what}: ${JSON.stringify(claimed)} there, ${JSON.stringify(found)} here`,
    );
}

function wholeDifferences(
  whole: Snapshot,
  { snapshot }: Manifest,
  account: string,
  services: ReadonlySet<string>,
): readonly string[] {
  if (snapshotHash(whole) !== snapshot.sha256)
    return ['the account that was given is not the one that was judged'];
  // Where a statement about another service made a difference, none is left out.
  const texts = [judgedText(whole, services), accountText(whole)];
  return texts.includes(account) ? [] : [`${ACCOUNT}: is not what the account that was given says`];
}
