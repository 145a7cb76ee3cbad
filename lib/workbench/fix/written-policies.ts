import type { PolicySource } from '@permission-check/iam-policy';
import type { AccountChange, Holder } from '#lib/account/apply-change.ts';
import { newManagedPolicy } from '#lib/account/change-command.ts';
import type { Principal } from '#lib/account/types.ts';
import { policyLabel } from '#lib/words/labels.ts';
import { type PatchOperation, patched } from './document-patch.ts';
import { documentEdit, type StatementEdit } from './statement-edits.ts';

/** One way to mend a finding: changes that are made together. */
export interface Candidate {
  readonly changes: readonly AccountChange[];
  readonly documents: readonly EditedDocument[];
}

/** A policy document that a change writes. */
export interface EditedDocument {
  /** `inline policy "train"`, `shop`. */
  readonly policy: string;
  /** `role/analyst`; absent: of everybody who has it. */
  readonly holder?: string;
  readonly text: string;
  /** From the document as it is; absent for a new one. */
  readonly patch?: readonly PatchOperation[];
}

export const together = (parts: readonly Candidate[]): Candidate => ({
  changes: parts.flatMap(({ changes }) => changes),
  documents: parts.flatMap(({ documents }) => documents),
});

/** A policy of the team's own with other statements; undefined where they cannot be written. */
export function rewritten(
  policy: PolicySource,
  principal: Principal,
  edits: readonly StatementEdit[],
  more: readonly object[] = [],
): Candidate | undefined {
  if (policy.type !== 'inline' && policy.type !== 'customer-managed') return undefined;
  const patch = documentEdit(policy.text, edits, more);
  if (patch === undefined) return undefined;
  if (patch === 'nothing') return removal(policy, principal);
  return written(policy, principal, patched(policy.text, patch), patch);
}

function written(
  policy: PolicySource,
  principal: Principal,
  text: string,
  patch?: readonly PatchOperation[],
): Candidate {
  const holder = holderOf(policy, principal);
  const document = { policy: policyLabel(policy), text, ...(patch && { patch }) };
  if (policy.type === 'inline') {
    const change: AccountChange = { kind: 'put', holder, name: policy.name, text };
    return { changes: [change], documents: [{ ...document, holder: `${holder.kind}/${holder.name}` }] };
  }
  const change: AccountChange = {
    kind: 'set-default-version',
    policyArn: policy.arn ?? policy.name,
    versionId: 'the new version',
    text,
  };
  return { changes: [change], documents: [document] };
}

/** An inline policy of the principal's own with these statements, added to those that it has. */
export function inlinePolicy(principal: Principal, name: string, statements: readonly object[]): Candidate {
  const known = principal.policies.find(
    (policy) => policy.type === 'inline' && policy.name === name && policy.group === undefined,
  );
  const edited = known && rewritten(known, principal, [], statements);
  if (edited !== undefined) return edited;
  return newInlinePolicy(principal, name, statements);
}

/** The same as a managed policy, which may be longer. */
export function ownManagedPolicy(
  principal: Principal,
  name: string,
  statements: readonly object[],
): Candidate {
  const { kind, name: whose, arn } = principal;
  const text = documentText(statements);
  const policy = newManagedPolicy(`${name}-${whose}`, text, arn);
  const known = principal.policies.find((one) => one.arn === policy.arn);
  const edited = known && rewritten(known, principal, [], statements);
  if (edited !== undefined) return edited;
  return {
    changes: [{ kind: 'attach', holder: { kind, name: whose }, policy }],
    documents: [{ policy: policyLabel(policy), text }],
  };
}

const documentText = (statements: readonly object[]): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: statements }, undefined, 2);

export function newInlinePolicy(
  principal: Principal,
  name: string,
  statements: readonly object[],
): Candidate {
  const text = documentText(statements);
  return written({ name, type: 'inline', text }, principal, text);
}

export function removal(policy: PolicySource, principal: Principal): Candidate {
  const holder = holderOf(policy, principal);
  const change: AccountChange =
    policy.type === 'inline'
      ? { kind: 'delete', holder, name: policy.name }
      : { kind: 'detach', holder, policyArn: policy.arn ?? policy.name };
  return { changes: [change], documents: [] };
}

const holderOf = ({ group }: PolicySource, { kind, name }: Principal): Holder =>
  group === undefined ? { kind, name } : { kind: 'group', name: group };
