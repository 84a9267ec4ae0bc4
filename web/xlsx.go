package web

import (
	"encoding/xml"
	"fmt"
	"strconv"
	"strings"
)

// sheet is one sheet of a workbook. Cells are text, int or float64; the first
// row is the heading.
type sheet struct {
	name string
	rows [][]any
}

// A workbook holds, beside its sheets, only what Office Open XML (ECMA-376) asks
// for: text lies in the cells, and there are no styles and no formulas.
const (
	xlsxHead  = xml.Header
	xlsxTypes = `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">` +
		`<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
		`<Default Extension="xml" ContentType="application/xml"/>` +
		`<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>`
	xlsxSheetType = `<Override PartName="/xl/worksheets/sheet%d.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>`
	xlsxRels      = `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">`
	xlsxRel       = `<Relationship Id="rId%d" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/%s" Target="%s"/>`
	xlsxBook      = `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" ` +
		`xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>`
	xlsxRows = `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>`
)

// workbook writes sheets as an .xlsx file.
func workbook(sheets []sheet) ([]byte, error) {
	types, rels, book := xlsxHead+xlsxTypes, xlsxHead+xlsxRels, xlsxHead+xlsxBook
	parts := map[string]string{}
	for i := range sheets {
		n := i + 1
		types += fmt.Sprintf(xlsxSheetType, n)
		rels += fmt.Sprintf(xlsxRel, n, "worksheet", fmt.Sprintf("worksheets/sheet%d.xml", n))
		book += fmt.Sprintf(`<sheet name="%s" sheetId="%d" r:id="rId%d"/>`, escaped(sheets[i].name), n, n)
		parts[fmt.Sprintf("xl/worksheets/sheet%d.xml", n)] = sheetXML(&sheets[i])
	}
	parts["[Content_Types].xml"] = types + "</Types>"
	parts["xl/_rels/workbook.xml.rels"] = rels + "</Relationships>"
	parts["xl/workbook.xml"] = book + "</sheets></workbook>"
	parts["_rels/.rels"] = xlsxHead + xlsxRels + fmt.Sprintf(xlsxRel, 1, "officeDocument", "xl/workbook.xml") + "</Relationships>"
	return packed(parts)
}

func sheetXML(s *sheet) string {
	var b strings.Builder
	b.WriteString(xlsxHead + xlsxRows)
	for r, row := range s.rows {
		fmt.Fprintf(&b, `<row r="%d">`, r+1)
		for c, v := range row {
			at := column(c) + strconv.Itoa(r+1)
			switch n := v.(type) {
			case int, float64:
				fmt.Fprintf(&b, `<c r="%s"><v>%v</v></c>`, at, n)
			default:
				fmt.Fprintf(&b, `<c r="%s" t="inlineStr"><is><t xml:space="preserve">%s</t></is></c>`, at, escaped(harmless(fmt.Sprint(v))))
			}
		}
		b.WriteString("</row>")
	}
	b.WriteString("</sheetData></worksheet>")
	return b.String()
}

// column names a column: A … Z, AA ….
func column(i int) string {
	if i < 26 {
		return string(rune('A' + i))
	}
	return column(i/26-1) + column(i%26)
}

// harmless keeps text from being taken for a formula, also after somebody has
// saved the sheet as CSV.
func harmless(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r", rune(text[0])) {
		return "'" + text
	}
	return text
}

// escaped writes text for XML; what XML cannot hold is replaced.
func escaped(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text)) // a Builder takes everything
	return b.String()
}
