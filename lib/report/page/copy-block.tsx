import { useState } from 'preact/hooks';

/** Text to copy: commands, or lines of expectations.yaml. */
export function CopyBlock({ label, text }: { readonly label: string; readonly text: string }) {
  const [copied, setCopied] = useState(false);
  const copy = () =>
    navigator.clipboard?.writeText(text).then(
      () => setCopied(true),
      // The text can be selected and copied by hand.
      () => setCopied(false),
    );
  return (
    <figure class="copy">
      <figcaption>
        {label}{' '}
        <button type="button" onClick={copy}>
          {copied ? 'copied' : 'copy'}
        </button>
      </figcaption>
      <pre>{text}</pre>
    </figure>
  );
}
