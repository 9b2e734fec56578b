declare module '@medrecord/core/styles.css';
