import {
  BatchImportFindingsCommand,
  BatchUpdateFindingsCommand,
  type SecurityHubClient,
} from '@aws-sdk/client-securityhub';
import type { Announcement } from '#lib/report/channels/announcement.ts';
import { type HubPlace, hubFinding, isMended } from '#lib/report/channels/security-hub.ts';

/**
 * Imports announcements, at most a hundred, as findings: new ones are made, known ones updated, and where what was found is
 * mended the customer's own workflow is set to resolved. Doing it twice does no harm.
 *
 * @throws Error where Security Hub is off, or does not take one of them
 */
export async function importAnnouncements(
  client: SecurityHubClient,
  announcements: readonly Announcement[],
  place: HubPlace,
): Promise<void> {
  const findings = announcements.map((one) => hubFinding(one, place));
  const { FailedFindings = [] } = await client.send(new BatchImportFindingsCommand({ Findings: findings }));
  const mended = findings.filter((_, at) => {
    const announcement = announcements[at];
    return announcement !== undefined && isMended(announcement);
  });
  if (mended.length > 0) await resolve(client, mended);
  if (FailedFindings.length === 0) return;
  const codes = [...new Set(FailedFindings.map(({ ErrorCode }) => ErrorCode))];
  throw new Error(`Security Hub did not take ${FailedFindings.length} findings: ${codes.join(', ')}`);
}

async function resolve(
  client: SecurityHubClient,
  findings: readonly { readonly Id: string; readonly ProductArn: string }[],
): Promise<void> {
  const { UnprocessedFindings = [] } = await client.send(
    new BatchUpdateFindingsCommand({
      FindingIdentifiers: findings.map(({ Id, ProductArn }) => ({ Id, ProductArn })),
      Workflow: { Status: 'RESOLVED' },
    }),
  );
  if (UnprocessedFindings.length === 0) return;
  const codes = [...new Set(UnprocessedFindings.map(({ ErrorCode }) => ErrorCode))];
  throw new Error(`Security Hub did not resolve ${UnprocessedFindings.length} findings: ${codes.join(', ')}`);
}
