// What the canvas does in the browser, beside being drawn on. Python gives `data`: the `width`
// in pixels that it takes the canvas to have on the screen, the `scale` to show it at, and the
// `boxes` over it.
//
// streamlit-drawable-canvas 0.13 has a toolbar over the canvas, with a trash can that Undo does
// not know and a pencil that stops drawing. The page has buttons of its own. The toolbar is
// in a shadow root, which a page's own styles do not reach.
//
// The canvas holds a drawing back for 200 ms after the pen lifts. A hidden button of its toolbar
// sends it at once, so that is pressed; without it, the drawing comes 200 ms later.
//
// Streamlit reports a press of a button once, however often it was pressed while the app was
// busy. So presses of Undo ("u") and Redo ("r") are collected in the browser, and reported
// together: a canvas that is given two drawings at almost the same time is lost.
const TOGETHER = 150;  // milliseconds
const RESIZED = 100;  // milliseconds without a change
const sheet = new CSSStyleSheet();
sheet.replaceSync(`
    .dc-toolbar { display: none !important; }
    .dc-root { max-width: none !important; }
    .dc-scroll { overflow: hidden !important; }  /* until Python knows the width */
    .dc-container { transform-origin: 0 0; }
    .digit-box {
        position: absolute; z-index: 15; box-sizing: border-box; pointer-events: none;
        border: 1px solid rgb(10 108 148 / 50%); border-radius: 6px;
    }
    .digit-box.chosen { border: 2px solid rgb(10 108 148); }
    .digit-box.least { border: 2px dashed rgb(179 89 0); }
`);

export default ({ data, parentElement, setStateValue }) => {
    const area = document.querySelector(".st-key-pad-area");
    const inCanvas = (selector) => [...area.querySelectorAll("*")]
        .map((each) => each.shadowRoot?.querySelector(selector)).find(Boolean);

    const unmark = () => inCanvas(".dc-container")
        ?.querySelectorAll(".digit-box").forEach((box) => box.remove());
    const mark = (container) => {
        unmark();
        for (const [left, top, width, height, kind] of parentElement.penDown ? [] : data.boxes) {
            const box = document.createElement("div");
            box.className = `digit-box ${kind}`;
            const place = { left, top, width, height };
            for (const side in place) box.style[side] = `${place[side]}px`;
            container.append(box);
        }
    };
    const dress = () => {
        const container = inCanvas(".dc-container");
        if (!container) {
            if (area.isConnected) requestAnimationFrame(dress);  // the canvas comes later
            return;
        }
        container.getRootNode().adoptedStyleSheets = [sheet];
        container.style.transform = data.scale < 1 ? `scale(${data.scale})` : "";
        area.style.height = data.scale < 1 ? `${data.height * data.scale}px` : "";
        mark(container);
    };
    dress();

    const report = () => {
        const width = Math.floor(area.clientWidth);
        const last = parentElement.reported ?? data.width;
        if (parentElement.penDown || !width || width === last) return;
        parentElement.reported = width;
        setStateValue("width", width);
    };
    const down = (event) => {
        parentElement.penDown = area.contains(event.target);
        if (parentElement.penDown) unmark();
    };
    const up = () => {
        if (!parentElement.penDown) return;
        parentElement.penDown = false;
        const send = () => inCanvas("[aria-label='Update the app with this drawing']")?.click();
        setTimeout(send);  // when the canvas has taken the stroke
        report();
    };

    const collect = (press, event) => {
        event.preventDefault();
        event.stopPropagation();  // else Streamlit would report this press, too
        parentElement.presses = (parentElement.presses ?? "") + press;
        clearTimeout(parentElement.timer);
        const send = () => setStateValue("presses", parentElement.presses);
        parentElement.timer = setTimeout(send, TOGETHER);
    };
    const click = (event) => {
        if (event.target.closest(".st-key-undo button:enabled")) collect("u", event);
        if (event.target.closest(".st-key-redo button:enabled")) collect("r", event);
    };
    const key = (event) => {
        const here = area.isConnected && !event.target.closest("input, textarea, [role=dialog]");
        if (!here || !(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "z") return;
        collect(event.shiftKey ? "r" : "u", event);
    };

    window.padListening?.abort();  // this function is called again and again
    window.padListening = new AbortController();
    const options = { capture: true, signal: window.padListening.signal };
    document.addEventListener("click", click, options);
    document.addEventListener("keydown", key, options);
    document.addEventListener("pointerdown", down, options);
    for (const lifted of ["mouseup", "touchend", "touchcancel"]) {
        document.addEventListener(lifted, up, options);
    }

    report();
    let resized;
    const observer = new ResizeObserver(() => {
        clearTimeout(resized);
        resized = setTimeout(report, RESIZED);
    });
    observer.observe(area);
    options.signal.addEventListener("abort", () => {
        observer.disconnect();
        clearTimeout(resized);
    });
};
