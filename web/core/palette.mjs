// Writes src/styles/palette.css from @radix-ui/colors: the steps that tokens.css uses, light and dark.
import { writeFileSync } from 'node:fs';
import * as colors from '@radix-ui/colors';

const scales = { slate: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12] };
for (const name of ['teal', 'red', 'amber', 'green']) scales[name] = [2, 3, 4, 6, 7, 8, 9, 10, 11, 12];

const block = (suffix, indent) =>
  Object.entries(scales)
    .flatMap(([name, steps]) =>
      steps.map((step) => `${indent}--${name}-${step}: ${colors[name + suffix][name + step]};`),
    )
    .join('\n');

const css = `/* Written by palette.mjs from @radix-ui/colors. */
:root {
${block('', '  ')}
}

@media screen and (prefers-color-scheme: dark) {
  :root {
${block('Dark', '    ')}
  }
}
`;
writeFileSync(new URL('src/styles/palette.css', import.meta.url), css);
