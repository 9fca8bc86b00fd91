// html.js - preact's h behind tagged templates; the one place where the two meet.
import { h } from 'preact';
import htm from 'htm';

export const html = htm.bind(h);
