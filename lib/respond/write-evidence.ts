import type { Account } from '#lib/account/types.ts';
import type { CheckOptions } from '#lib/check/check-options.ts';
import { evidenceMail, type WrittenEvidence } from '#lib/report/evidence-mail.ts';
import { type Outlet, publishReport } from './outlet.ts';
import { NobodySubscribedError } from './subscribers.ts';

export interface EvidenceSteps {
  readonly account: Account;
  /** The text that holds. */
  readonly expectations: string;
  readonly region: string;
  readonly guardrails: CheckOptions['guardrails'];
  readonly simulate: CheckOptions['simulate'];
  readonly bucket: { readonly name: string; readonly put: (key: string, text: string) => Promise<void> };
  readonly outlet: Outlet;
  readonly now: () => Date;
}

/** What came of it. */
export type EvidenceOutcome = WrittenEvidence & {
  /** Nobody has received the hash; the bucket has it as well. */
  readonly unheard: boolean;
};

/**
 * Checks the account as it is, writes what proves the check to the bucket of evidence, and tells the hash of its manifest.
 *
 * @param id unique for each evidence; the same again writes the same folder anew
 * @throws {InputError} where the expectations have errors, {AccessError} where IAM refuses
 */
export async function writeEvidence(id: string, steps: EvidenceSteps): Promise<EvidenceOutcome> {
  const { account, expectations, region, guardrails, simulate, bucket, outlet, now } = steps;
  const startedAt = now().toISOString();
  // With the YAML parser in it, and so outside of what a start loads.
  const { makeEvidence } = await import('#lib/evidence/make.ts');
  const { report, files, seal } = await makeEvidence(account, {
    startedAt,
    region,
    expectations: { name: 'expectations.yaml', text: expectations },
    guardrails,
    simulate,
  });
  const folder = `evidence/${startedAt.slice(0, 10)}-${id}`;
  // What holds the others together comes last: without it a folder is no evidence yet.
  const names = Object.keys(files).sort((a, b) => Number(isSeal(a)) - Number(isSeal(b)));
  for (const name of names) await bucket.put(`${folder}/${name}`, files[name] ?? '');
  const written = {
    bucket: bucket.name,
    folder,
    seal,
    principals: report.principals.length,
    findings: report.findings.length,
  };
  const context = { accountId: report.accountId, region, at: startedAt };
  try {
    await publishReport(outlet, folder, () => evidenceMail(written, context));
    return { ...written, unheard: false };
  } catch (error) {
    if (!(error instanceof NobodySubscribedError)) throw error;
    return { ...written, unheard: true };
  }
}

const isSeal = (name: string): boolean => name.startsWith('manifest.');
