import { Command } from 'commander';
import { accountAt } from '#cli/account-file.ts';
import { prepareFolder, readFolder, writeFolder } from '#cli/evidence-folder.ts';
import { exitCodes } from '#cli/exit.ts';
import { expectationsInText, textOf } from '#cli/expectations-file.ts';
import { refuseIdle } from '#cli/idle-options.ts';
import {
  guardedSimulation,
  guardrailsOf,
  iamOf,
  liveAccount,
  type SourceFlags,
  withSourceOptions,
} from '#cli/source.ts';
import type { Guardrails } from '#lib/account/types.ts';
import { InputError } from '#lib/errors.ts';
import { readControls } from '#lib/evidence/controls.ts';
import { makeEvidence, snapshotOf } from '#lib/evidence/make.ts';
import { type Verification, verifyEvidence } from '#lib/evidence/verify.ts';
import { escapeText } from '#lib/words/escape.ts';

interface EvidenceFlags extends SourceFlags {
  readonly out?: string;
  readonly controls?: string;
}

/** `evidence --out DIR`: a check as a folder that proves what it says; `evidence verify DIR`: judges it again. */
export const evidenceCommand = (): Command =>
  withSourceOptions(
    new Command('evidence').description(
      'checks, and writes a folder for auditors: what was judged, what was found, and a manifest that proves both',
    ),
  )
    .option('--out <folder>', 'the folder to write; it must be new or empty')
    .option('--controls <file>', 'a table of controls as controls.json of an evidence, edited by the team')
    .addHelpText(
      'after',
      `
Examples:
  rekognition-permission-check evidence --out evidence --account-details account.json
  rekognition-permission-check evidence --out evidence --controls controls.json --profile audit
  rekognition-permission-check evidence verify evidence
      needs nothing but the folder; says whether every statement in it follows

Exit codes: 0 written, whatever was found, 3 usage or input error, 4 failure`,
    )
    .action(write)
    // Both commands have --account-details.
    .enablePositionalOptions()
    .addCommand(verifyCommand());

async function write(flags: EvidenceFlags): Promise<void> {
  const { out, controls, accountDetails, region } = flags;
  if (out === undefined) throw new InputError('name the folder to write: --out FOLDER');
  const startedAt = new Date().toISOString();
  const expectations = expectationsInText(flags.expectations, region, (line) =>
    process.stderr.write(`${line}\n`),
  );
  const table = controls === undefined ? undefined : readControls(textOf(controls), controls);
  const given = await guardrailsOf(flags);
  prepareFolder(out);
  const { account, guardrails, simulate } = await sourceOf(flags, given);
  const { report, files, seal } = await makeEvidence(account, {
    startedAt,
    region,
    expectations,
    input: accountDetails,
    guardrails,
    simulate,
    controls: table,
  });
  writeFolder(out, files);
  const { findings, principals } = report;
  process.stdout.write(
    `${escapeText(out)}: ${Object.keys(files).length} files, ${principals.length} principals, ${findings.length} findings\n` +
      `sha256 of manifest.json, to be kept elsewhere: ${seal}\n`,
  );
}

/** The account of a file, or of IAM with what asks IAM. */
async function sourceOf(flags: SourceFlags, given: Guardrails | undefined) {
  if (flags.accountDetails !== undefined)
    return { account: await accountAt(flags.accountDetails), guardrails: given, simulate: undefined };
  const iam = iamOf(flags);
  const account = await liveAccount(iam);
  return { account, ...(await guardedSimulation(account.accountId, iam, given)) };
}

interface VerifyFlags {
  readonly accountDetails?: string;
  readonly guardrails?: string;
  readonly sha256?: string;
}

const verifyCommand = (): Command =>
  new Command('verify')
    .description(
      'judges an evidence again, from its own files alone, and says whether every statement follows',
    )
    .argument('<folder>', 'as `evidence --out` wrote it')
    .option('--sha256 <hash>', 'the SHA-256 of manifest.json that was kept elsewhere')
    .option(
      '--account-details <file>',
      'the account that it was made of: also shows that nothing was left out',
    )
    .option('--guardrails <file>', 'the file that was given then, with --account-details')
    .addHelpText(
      'after',
      '\nExit codes: 0 every statement follows, 1 something was changed or does not follow, 3 usage or input error',
    )
    .action(async (folder: string, flags: VerifyFlags) => {
      if (flags.accountDetails === undefined)
        refuseIdle(flags, ['guardrails'], 'is for the account of --account-details: name one');
      const whole =
        flags.accountDetails === undefined
          ? undefined
          : {
              ...(await snapshotOf(await accountAt(flags.accountDetails))),
              guardrails: await guardrailsOf(flags),
            };
      const verification = await verifyEvidence(readFolder(folder), whole);
      const kept = flags.sha256?.toLowerCase();
      const isOther = kept !== undefined && kept !== verification.seal;
      const problems = [
        ...(isOther ? ['manifest.json: is not the one whose hash was kept'] : []),
        ...verification.changed,
        ...verification.unfounded,
      ];
      process.stdout.write(verificationText(folder, verification, problems));
      process.exitCode = problems.length === 0 ? exitCodes.clean : exitCodes.findings;
    });

const SHOWN = 50;

function verificationText(
  folder: string,
  { manifest, seal, followed, changed }: Verification,
  problems: readonly string[],
): string {
  const made =
    manifest === undefined
      ? escapeText(folder)
      : `evidence of account ${escapeText(manifest.accountId)}, ${manifest.startedAt}, by ${escapeText(manifest.program.name)} ${escapeText(manifest.program.version)}`;
  const again =
    followed === undefined
      ? changed.length > 0
        ? 'not judged again, since files were changed'
        : 'not judged again'
      : `judged again by ${followed.version}: ${followed.principals} principals, ${followed.findings} findings`;
  const lines = [
    made,
    ...(seal === undefined ? [] : [`sha256 of manifest.json: ${seal}`]),
    again,
    ...(problems.length === 0
      ? ['Every statement follows.']
      : [
          'It does not verify:',
          ...problems.slice(0, SHOWN).map((one) => `  ${escapeText(one)}`),
          ...(problems.length > SHOWN ? [`  and ${problems.length - SHOWN} more`] : []),
        ]),
  ];
  return `${lines.join('\n')}\n`;
}
