import { existsSync, readFileSync } from 'node:fs';
import { actions, resourceTypes } from '#lib/catalog/actions.ts';
import type { RawPolicy } from '../../packages/iam-policy/fuzz/case.ts';
import { ACCOUNT } from '../../packages/iam-policy/fuzz/vocabulary.ts';

const FILE = new URL('../../../shared/data/aws-managed-policies.json', import.meta.url);

/** Real policy documents lie beside the project, not in it. */
export const hasRealDocuments = existsSync(FILE);

/** AWS's managed policies, by name. */
export function managedPolicies(): Map<string, RawPolicy> {
  const policies: Record<string, { Document: RawPolicy }> = JSON.parse(readFileSync(FILE, 'utf8'));
  return new Map(Object.entries(policies).map(([name, { Document }]) => [name, Document]));
}

/** Every Rekognition action on `*`, and on an ARN of its type where it has one. */
export const REKOGNITION_REQUESTS: readonly { action: string; resource: string }[] = actions.flatMap(
  ({ action, resourceTypes: [first] }) => {
    const form = resourceTypes.find(({ name }) => name === first?.name)?.arn;
    if (form === undefined) return [{ action, resource: '*' }];
    return [
      { action, resource: '*' },
      { action, resource: concrete(form) },
    ];
  },
);

/** An ARN of the form; a project's last part is its creation time, which tells it from a project version. */
function concrete(form: string): string {
  const values: Record<string, string> = {
    Partition: 'aws',
    Region: 'us-east-1',
    Account: ACCOUNT,
    CreationTimestamp: '1690000000000',
    DatasetType: 'train',
  };
  return form.replace(/\$\{(\w+)\}/g, (_, name: string) => values[name] ?? 'visitors');
}
