import { render } from 'preact';
import { Page } from './page.tsx';
import { loadViewer } from './state/viewer.ts';
import './style/tokens.css';
import './style/base.css';

void loadViewer();
render(<Page />, document.getElementById('page')!);
