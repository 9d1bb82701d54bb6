import { render } from 'preact';
import { Page } from './page.tsx';
import './style/tokens.css';
import './style/base.css';

render(<Page />, document.getElementById('page')!);
