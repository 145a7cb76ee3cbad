import { type Access, noAccess, sameAccess } from '#lib/past/access.ts';
import { isSameAttributes } from './fingerprint.ts';
import type { Covering, PrincipalRecord, Reading } from './types.ts';
import { withoutTexts } from './without-texts.ts';

/** What a record says of access and of the rule that covers the principal. */
type AboutAccess = Pick<PrincipalRecord, 'access' | 'past' | 'changed' | 'covering' | 'moved' | 'attributes'>;

/**
 * What is known of a principal's access after a reading. `past` stays what the team was last notified of, so that what
 * came and went in between is no change, and what was not announced is found again. Without a past, in the first look
 * at an account and after an upgrade, the present is the baseline.
 */
export function rememberAccess(before: PrincipalRecord | undefined, reading: Reading): AboutAccess {
  const about = { ...coveringAfter(before, reading), attributes: reading.attributes ?? before?.attributes };
  const { access: read, changeSince } = reading;
  if (read === undefined || changeSince === undefined) {
    return { ...about, access: before?.access, past: before?.past, changed: before?.changed };
  }
  const access = {
    ...read,
    organizationDenies: read.organizationDenies ?? before?.access?.organizationDenies,
  };
  const past = before?.past ?? before?.access ?? (reading.isNew ? noAccess : undefined);
  if (past === undefined || sameAccess(past, access)) return { ...about, access };
  const changed = changeSince(withWhatWasUnknown(past, access));
  if (changed.gained.length + changed.lost.length === 0) return { ...about, access };
  const { gained, lost } = changed;
  return {
    ...about,
    access,
    past,
    changed: { gained: gained.map(withoutTexts), lost: lost.map(withoutTexts) },
  };
}

/** What the organization denied is not known of a time at which the simulation was not asked: then nothing changed in it. */
const withWhatWasUnknown = (past: Access, { organizationDenies }: Access): Access =>
  past.organizationDenies === undefined ? { ...past, organizationDenies } : past;

/** The rule that covers a principal after a reading, and why it is another one than before. */
export function coveringAfter(
  before: PrincipalRecord | undefined,
  { covering, attributes, coveredWith }: Reading,
): Pick<AboutAccess, 'covering' | 'moved'> {
  if (covering === undefined) return { covering: before?.covering, moved: before?.moved };
  const known = before?.covering;
  const isEdited =
    known?.statements !== undefined &&
    covering.statements !== undefined &&
    known.statements !== covering.statements;
  const same =
    !isEdited &&
    known?.rule === covering.rule &&
    // Without a written rule the label goes with what is attached.
    (known?.label === covering.label || (known?.builtIn === true && covering.builtIn === true));
  if (known === undefined || same) {
    return { covering, moved: before?.moved };
  }
  const { attributes: former } = before ?? {};
  const isTheirs =
    isSameAttributes(former, attributes) ||
    mayBeSameRule(known, covering) ||
    isByEdit(known, covering, former === undefined ? undefined : coveredWith?.(former));
  return { covering, moved: isTheirs ? 'expectations' : 'principal' };
}

/** Whether the file was edited, and the edit alone would have led to the rule, whatever else the principal's attributes did. */
const isByEdit = (known: Covering, { rule, statements, file }: Covering, asItWas: Covering | undefined) =>
  known.file !== undefined &&
  known.file !== file &&
  asItWas !== undefined &&
  asItWas.rule === rule &&
  asItWas.statements === statements;

/** In a file that was edited a rule may stand on another line: then what it expects says whether it is the same. */
const mayBeSameRule = (known: Covering, { rule, label, statements, file }: Covering): boolean =>
  known.rule !== undefined &&
  rule !== undefined &&
  known.file !== file &&
  known.label === label &&
  known.statements === statements;
