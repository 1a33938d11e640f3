import './jitless.ts';
import { mount } from 'svelte';
import App from './App.svelte';
import { app } from './state/app.svelte.ts';
import { router } from './state/router.svelte.ts';
import { chooseTransport } from './transport/choose.ts';
import './styles/tokens.css';
import './styles/base.css';
import './styles/controls.css';
import './styles/plot.css';

// The transport first: it takes the token out of the address before the router reads it.
app.start(chooseTransport());
router.start();
mount(App, { target: document.querySelector('#app')! });
