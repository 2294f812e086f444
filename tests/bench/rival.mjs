// nodemailer's pool: node rival.mjs PORT SESSIONS MESSAGES raw|object TEXT-FILE HTML-FILE MESSAGE-FILE
// Prints {"messages", "seconds", "cpu"} as JSON.

import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';

const require = createRequire(process.cwd() + '/');
const nodemailer = require('nodemailer');
const [port, sessions, messages, kind, ...files] = process.argv.slice(2);
const [text, html, raw] = files.map((file) => readFileSync(file, 'utf8'));

const transport = nodemailer.createTransport({
    pool: true,
    host: '127.0.0.1',
    port: Number(port),
    secure: false,
    ignoreTLS: true,
    maxConnections: Number(sessions),
    maxMessages: Infinity,
});

function mail(number) {
    const to = `reader${number}@example.net`;
    const from = 'digest@example.org';
    if (kind === 'raw') return { envelope: { from, to }, raw };
    return { from, to, subject: 'Three studies on feedback', text, html };
}

const begin = process.hrtime.bigint();
const cpu = process.cpuUsage();
let next = 0;
async function worker() {
    while (next < Number(messages)) await transport.sendMail(mail(next++));
}
await Promise.all(Array.from({ length: 2 * Number(sessions) }, worker));
const spent = process.cpuUsage(cpu);
const seconds = Number(process.hrtime.bigint() - begin) / 1e9;
transport.close();
console.log(JSON.stringify({ messages: Number(messages), seconds, cpu: (spent.user + spent.system) / 1e6 }));
