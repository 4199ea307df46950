#!/usr/bin/env node
await import('../dist/quire.js');
