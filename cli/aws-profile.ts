import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { didYouMean } from '#lib/catalog/did-you-mean.ts';
import { InputError } from '#lib/errors.ts';

/** The files in which the AWS CLI and the SDKs look for profiles, the variable that names another, and a profile's heading. */
const files = [
  { usual: 'config', variable: 'AWS_CONFIG_FILE', heading: /^profile\s+(["']?)(.+)\1$/ },
  { usual: 'credentials', variable: 'AWS_SHARED_CREDENTIALS_FILE', heading: /^(["']?)(.+)\1$/ },
] as const;

/**
 * What a client of AWS takes to sign as a profile, or as the usual chain of credentials has it.
 *
 * The SDK goes on along its chain where a profile does not exist, to the role of the machine: another account than the one
 * that was meant. The AWS CLI refuses such a profile, of its option as of AWS_PROFILE.
 *
 * Source: AWS SDKs and Tools Reference Guide, "Using shared config and credentials files".
 *
 * @throws {InputError} when the profile, or that of AWS_PROFILE, does not exist
 */
export function signerOf(profile: string | undefined): { readonly profile?: string } {
  const name = profile ?? process.env.AWS_PROFILE ?? '';
  if (name !== '' && name !== 'default') refuseUnknown(name, profile === undefined ? ' (AWS_PROFILE)' : '');
  return profile === undefined ? {} : { profile };
}

function refuseUnknown(name: string, by: string): void {
  const found = files.map(profilesOf);
  // Of a file that is there and cannot be read, nothing is known.
  if (found.some((names) => names === undefined || names.includes(name))) return;
  const places = files.map(({ usual, variable }) => process.env[variable] || `~/.aws/${usual}`);
  const meant = didYouMean(
    name,
    found.flatMap((names) => names ?? []),
  );
  throw new InputError(
    `profile ${name}${by} is not in ${places.join(' or ')}: \`aws configure list-profiles\` lists those that are${meant}`,
  );
}

function profilesOf({ usual, variable, heading }: (typeof files)[number]): readonly string[] | undefined {
  const home = process.env.HOME || homedir();
  const path = (process.env[variable] || join(home, '.aws', usual)).replace(/^~(?=\/)/, () => home);
  try {
    return readFileSync(path, 'utf8')
      .split(/\r?\n/)
      .flatMap((line) => {
        const section = /^\s*\[(.*)\]$/.exec(line.replace(/(^|\s)[;#].*$/, '').trimEnd())?.[1];
        return heading.exec(section?.trim() ?? '')?.[2] ?? [];
      });
  } catch (error) {
    const isAbsent = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    return isAbsent ? [] : undefined;
  }
}
