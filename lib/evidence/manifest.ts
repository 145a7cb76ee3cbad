import { createHash } from 'node:crypto';
import * as z from 'zod/mini';
import { linesOfJson } from '#lib/report/json.ts';

export const MANIFEST = 'manifest.json';
/** The hash of the manifest, as `sha256sum` writes it. */
export const SEAL = 'manifest.sha256';

const hash = z.string().check(z.regex(/^[0-9a-f]{64}$/));

const schema = z.strictObject({
  /** The version of this form. */
  evidence: z.literal(1),
  program: z.strictObject({ name: z.string(), version: z.string() }),
  catalogue: z.strictObject({ actions: z.number(), policiesAsOf: z.string() }),
  accountId: z.string(),
  startedAt: z.iso.datetime(),
  seconds: z.number(),
  region: z.optional(z.string()),
  /** How the expectations were called; absent: the built-in ones. */
  expectations: z.optional(z.string()),
  /** The file that the account was read from; absent: IAM. */
  input: z.optional(z.string()),
  /** The hash of everything that was read, also of what account.json leaves out (lib/evidence/snapshot.ts). */
  snapshot: z.strictObject({ sha256: hash, principals: z.number() }),
  files: z.array(z.strictObject({ name: z.string(), bytes: z.number(), sha256: hash })),
});

export type Manifest = z.infer<typeof schema>;
export type Files = Readonly<Record<string, Uint8Array>>;

export const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** The manifest of these files and its seal, as texts. */
export function sealed(head: Omit<Manifest, 'evidence' | 'files'>, files: Readonly<Record<string, string>>) {
  const entries = Object.entries(files)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, text]) => ({ name, bytes: Buffer.byteLength(text), sha256: hashOf(Buffer.from(text)) }));
  const manifest = linesOfJson({ evidence: 1, ...head, files: entries });
  return { [MANIFEST]: manifest, [SEAL]: sealOf(Buffer.from(manifest)) };
}

const sealOf = (manifest: Uint8Array): string => `${hashOf(manifest)}  ${MANIFEST}\n`;

/** The manifest among files, where it can be read; and in sentences what is not as it says. */
export function unsealed(files: Files): {
  readonly manifest?: Manifest;
  readonly problems: readonly string[];
} {
  const text = files[MANIFEST];
  const seal = files[SEAL];
  if (text === undefined || seal === undefined) {
    return { problems: [MANIFEST, SEAL].filter((name) => files[name] === undefined).map(missing) };
  }
  const broken =
    Buffer.from(seal).toString('latin1') === sealOf(text)
      ? []
      : [`${MANIFEST} and ${SEAL}: one of the two was changed`];
  const manifest = parsed(text);
  if (manifest === undefined) return { problems: [...broken, `${MANIFEST}: is no manifest of an evidence`] };
  const named = new Set([MANIFEST, SEAL, ...manifest.files.map(({ name }) => name)]);
  const problems = [
    ...broken,
    ...manifest.files.flatMap(({ name, sha256 }) => {
      const file = files[name];
      if (file === undefined) return [missing(name)];
      return hashOf(file) === sha256 ? [] : [`${name}: was changed`];
    }),
    ...Object.keys(files)
      .filter((name) => !named.has(name))
      .map((name) => `${name}: does not belong to the evidence`),
  ];
  return { manifest, problems };
}

const missing = (name: string): string => `${name}: is missing`;

function parsed(text: Uint8Array): Manifest | undefined {
  try {
    return z.safeParse(schema, JSON.parse(Buffer.from(text).toString('utf8'))).data;
  } catch {
    return undefined;
  }
}
