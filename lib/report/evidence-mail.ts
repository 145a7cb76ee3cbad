import { counted } from '#lib/words/labels.ts';
import { attributesOf, writeMail } from './mail.ts';
import type { Mail, MailContext } from './mail-content.ts';

/** An evidence that was written to the stack's bucket. */
export interface WrittenEvidence {
  /** `s3://bucket/evidence/2026-12-01-…` without the scheme. */
  readonly bucket: string;
  readonly folder: string;
  /** SHA-256 of its manifest. */
  readonly seal: string;
  readonly principals: number;
  readonly findings: number;
}

/** Tells that an evidence was written, with the hash that is to be kept elsewhere: whoever keeps the message keeps it. */
export function evidenceMail(written: WrittenEvidence, context: MailContext): Mail {
  const { bucket, folder, seal, principals, findings } = written;
  return writeMail(
    {
      subject: `Rekognition: evidence of ${context.at.slice(0, 10)} is written`,
      lead: [`${counted(principals, 'principal')}, ${counted(findings, 'finding')}.`],
      changes: [],
      items: [],
      after: [
        [
          'TO VERIFY IT',
          `  aws s3 cp --recursive s3://${bucket}/${folder} evidence`,
          '  rekognition-permission-check evidence verify evidence \\',
          `    --sha256 ${seal}`,
        ],
        ['Keep this message: the hash shows whether the folder was made anew.'],
      ],
      data: { purpose: 'evidence', ...written },
      attributes: attributesOf([], context, 'evidence'),
    },
    context,
  );
}
