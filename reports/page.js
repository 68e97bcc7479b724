// page.js - sorts and filters the tables of an HTML report. The page is complete without it: it
// only shows the tools that need it. Texts are compared and hidden, never made into markup.
"use strict";
(() => {
	const order = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
	const wait = (ms, what) => {
		let timer = 0;
		return () => {
			clearTimeout(timer);
			timer = setTimeout(what, ms);
		};
	};

	// --- sorting: a click on a heading; unknown cells come last either way
	const keyOf = (cell) => cell.dataset.k ?? cell.textContent;
	const sort = (table, heading) => {
		const body = table.tBodies[0], column = heading.cellIndex;
		const down = heading.getAttribute("aria-sort") === "ascending";
		const rows = Array.from(body.rows, (row) => ({ row, key: keyOf(row.cells[column]) }));
		rows.sort((a, b) => {
			if (a.key === "" || b.key === "")
				return (a.key === "") - (b.key === "");
			return down ? order.compare(b.key, a.key) : order.compare(a.key, b.key);
		});
		for (const other of heading.parentNode.cells)
			other.setAttribute("aria-sort", "none");
		heading.setAttribute("aria-sort", down ? "descending" : "ascending");
		// thousands of rows move in a moment while nobody looks at them
		body.remove();
		body.append(...rows.map((each) => each.row));
		table.append(body);
	};
	for (const table of document.querySelectorAll("table.sort"))
		for (const heading of table.tHead.rows[0].cells) {
			const button = document.createElement("button");
			button.type = "button";
			button.append(...heading.childNodes);
			button.addEventListener("click", () => sort(table, heading));
			heading.append(button);
			heading.setAttribute("aria-sort", "none");
		}

	// --- filtering: every word must occur in the row, and the word that was chosen in its column
	const tools = document.querySelector(".tools");
	if (!tools)
		return;
	const table = document.querySelector("table.main"), rows = Array.from(table.tBodies[0].rows);
	const words = tools.querySelector("input"), choice = tools.querySelector("select");
	const column = choice ? Number(choice.dataset.column) : 0;
	let texts = null;
	const show = () => {
		texts ??= rows.map((row) => Array.from(row.cells, (c) => c.textContent).join("\n").toLowerCase());
		const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
		const chosen = choice ? choice.value : "";
		let shown = 0;
		rows.forEach((row, i) => {
			const fits = (!chosen || row.cells[column].textContent === chosen) &&
				wanted.every((word) => texts[i].includes(word));
			row.hidden = !fits;
			shown += fits;
		});
		tools.querySelector("output").value =
			shown === rows.length ? `all ${shown}` : `${shown} of ${rows.length}`;
	};
	const set = (status, text) => {
		if (choice)
			choice.value = status;
		words.value = text;
		show();
	};
	words.addEventListener("input", wait(120, show));
	choice?.addEventListener("change", show);
	tools.querySelector("button").addEventListener("click", () => set("", ""));
	// a count of the overview leads to its hosts
	for (const link of document.querySelectorAll("a[data-status], a[data-words]"))
		link.addEventListener("click", () => set(link.dataset.status ?? "", link.dataset.words ?? ""));
	tools.hidden = false;

	// --- a link to a check opens it
	const open = () => {
		const item = document.getElementById(decodeURIComponent(location.hash.slice(1)));
		if (item instanceof HTMLDetailsElement)
			item.open = true;
	};
	addEventListener("hashchange", open);
	open();
})();
