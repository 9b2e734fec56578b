// @ts-check
import js from '@eslint/js';
import globals from 'globals';
import hooks from 'eslint-plugin-react-hooks';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

const outside = (why) => ({
  'no-restricted-globals': [
    'error',
    ...['fetch', 'EventSource', 'XMLHttpRequest'].map((name) => ({ name, message: why })),
  ],
  'no-restricted-imports': ['error', { patterns: [{ group: ['@tauri-apps/*'], message: why }] }],
});

export default defineConfig(
  globalIgnores(['**/dist', '**/dist-fake', 'core/src/generated']),
  js.configs.recommended,
  tseslint.configs.strictTypeChecked,
  hooks.configs.flat['recommended-latest'],
  {
    languageOptions: {
      globals: globals.browser,
      parserOptions: {
        projectService: { allowDefaultProject: ['*.js', 'core/*.mjs'] },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      'max-lines': ['error', { max: 200, skipBlankLines: true, skipComments: true }],
      'no-console': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-unnecessary-condition': ['error', { allowConstantLoopConditions: true }],
    },
  },
  // The seam: only the two backends speak to the outside.
  { files: ['*/src/**'], ignores: ['*/src/*-backend.ts'], rules: outside('Ask the backend port instead.') },
  // All words in one file.
  { files: ['core/src/messages.ts'], rules: { 'max-lines': 'off' } },
  { files: ['**/*.js', '**/*.mjs'], extends: [tseslint.configs.disableTypeChecked] },
);
