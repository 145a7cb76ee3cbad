import * as z from 'zod/mini';
import { describeSchemaError, InputError } from '#lib/errors.ts';
import { linesOfJson } from '#lib/report/json.ts';

/** The files of an evidence that a control can point at. */
export const shownBy = [
  'report.json',
  'matrix.csv',
  'allowed.json',
  'not-checked.json',
  'suppressions.json',
  'expectations.yaml',
  'account.json',
] as const;

const schema = z.strictObject({
  controls: z.array(
    z.strictObject({
      framework: z.string().check(z.minLength(1)),
      control: z.string().check(z.minLength(1)),
      /** What the control asks for, in short. */
      asks: z.string(),
      /** What the evidence says about it. */
      shows: z.string(),
      in: z.array(z.enum(shownBy)),
    }),
  ),
});

export type Control = z.infer<typeof schema>['controls'][number];

const least = 'each principal: what it should be able to do, what it can do, and where that differs';
const reviewed =
  'who has access, by which statement, and who can become them; what the team accepts, who owns it, until when';

/**
 * Controls that ask for what the evidence shows a part of. Sources: Regulation (EU) 2016/679; 740 ILCS 14/15; ISO/IEC
 * 27001:2022 Annex A; AICPA Trust Services Criteria 2017 (2022); NIST SP 800-53 Rev. 5.
 */
export const defaultControls: readonly Control[] = [
  {
    framework: 'GDPR',
    control: 'Art. 32(1)(b), (d), 32(2), 32(4)',
    asks: 'confidentiality of processing, regular testing of the measures, no access but on instructions',
    shows: 'who can read, write, search and delete face data, tested against what was meant on the day',
    in: ['report.json', 'allowed.json', 'not-checked.json'],
  },
  {
    framework: 'BIPA (740 ILCS 14)',
    control: '15(e)',
    asks: 'protect biometric identifiers from disclosure with the reasonable standard of care',
    shows: 'who can disclose or search face data, and who outside of the account can become them',
    in: ['allowed.json', 'report.json'],
  },
  {
    framework: 'ISO/IEC 27001:2022',
    control: 'A.5.15',
    asks: 'rules for access are established',
    shows: 'the rules as they were on the day',
    in: ['expectations.yaml', 'report.json'],
  },
  {
    framework: 'ISO/IEC 27001:2022',
    control: 'A.5.18',
    asks: 'access rights are provided, reviewed, modified and removed by the rules',
    shows: reviewed,
    in: ['matrix.csv', 'suppressions.json'],
  },
  {
    framework: 'ISO/IEC 27001:2022',
    control: 'A.8.3',
    asks: 'access to information is restricted by the rules',
    shows: least,
    in: ['report.json', 'allowed.json'],
  },
  {
    framework: 'SOC 2',
    control: 'CC6.1',
    asks: 'logical access to protected information is restricted',
    shows: least,
    in: ['report.json', 'matrix.csv'],
  },
  {
    framework: 'SOC 2',
    control: 'CC6.2',
    asks: 'access is authorized before it is given, and removed when it is not needed',
    shows: reviewed,
    in: ['expectations.yaml', 'suppressions.json'],
  },
  {
    framework: 'SOC 2',
    control: 'CC6.3',
    asks: 'access by role, with least privilege and segregation of duties',
    shows: least,
    in: ['report.json', 'allowed.json'],
  },
  {
    framework: 'NIST SP 800-53',
    control: 'AC-2',
    asks: 'accounts, their privileges and their use are managed and reviewed',
    shows: reviewed,
    in: ['matrix.csv', 'allowed.json', 'suppressions.json'],
  },
  {
    framework: 'NIST SP 800-53',
    control: 'AC-6',
    asks: 'only the access that the task needs',
    shows: least,
    in: ['report.json', 'not-checked.json'],
  },
];

export const controlsText = (controls: readonly Control[]): string => linesOfJson({ controls });

/**
 * Reads a table that somebody has edited.
 *
 * @throws InputError naming what is wrong in the file
 */
export function readControls(text: string, file: string): readonly Control[] {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new InputError(`${file}: not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  const { success, data, error } = z.safeParse(schema, json);
  if (!success) throw new InputError(`${file}: ${describeSchemaError(error, 'the file')}`);
  return data.controls;
}
