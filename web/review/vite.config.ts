import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

// No data: URIs and no inline script: the pages run under `default-src 'self'`.
export default defineConfig({
  plugins: [react()],
  build: { assetsInlineLimit: 0, modulePreload: { polyfill: false }, sourcemap: false, target: 'es2022' },
});
