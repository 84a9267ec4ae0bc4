package web

import (
	"fmt"
	"mime"
	"net/http"
	"strconv"

	"correctiond/plans"
)

// planFile sends a plan as a .docx file: the version asked for, else the one that
// the page shows. Who takes it away is recorded before.
func (s *Server) planFile(w http.ResponseWriter, r *http.Request, c *caller) {
	p, file, ok := s.planOf(w, r, c)
	if !ok {
		return
	}
	shown, err := file.asked(r.URL.Query().Get("version"))
	if err != nil {
		s.fail(w, r, c, problem{Status: http.StatusNotFound, Detail: "there is no such version"})
		return
	}
	if shown == nil {
		shown = file.best()
	}
	if !s.kept(w, r, c, Recorded{Action: "plan.export", Object: string(p.ID), Detail: "version " + strconv.Itoa(shown.Version)}) {
		return
	}
	row := s.personRow(c, &p)
	content, err := planDocx(&row, s.planSheet(words{c.lang}, shown))
	if err != nil {
		s.broken(w, r, c, err)
		return
	}
	name := fmt.Sprintf("plan-%s-%d.docx", p.ID, shown.Version)
	h := w.Header()
	h.Set("Content-Type", "application/vnd.openxmlformats-officedocument.wordprocessingml.document")
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	h.Set("X-Content-Type-Options", "nosniff")
	_, _ = w.Write(content)
}

// planDocx lays a plan out as a document: who it is about, 实施办法 Article 22's
// assessment and analysis, the measures, and room for signatures.
func planDocx(row *personRow, p *planSheet) ([]byte, error) {
	d := &docx{}
	d.title(p.Title())
	signed := p.T("未签署", "not signed")
	if p.Signed != nil {
		signed = p.Signed.By + " " + p.Moment(p.Signed.At)
	}
	d.table([]int{18, 32, 18, 32}, false, [][]string{
		{p.T("对象", "Person"), row.Masked() + " " + string(row.ID), p.T("司法所", "Office"), row.OfficeName},
		{p.T("类别", "Kind"), p.SubjectKind(row.Kind), p.T("管理等级", "Level"), p.LevelName(row.Level)},
		{p.T("矫正期限至", "Term until"), lastDay(row), p.T("责任人", "Officer"), row.Handler},
		{p.T("版本", "Version"), strconv.Itoa(p.Version), p.T("签署", "Signed"), signed},
	})
	d.text(12, true, p.T("依据的情况", "What it rests on"))
	d.text(11, false, p.Known())
	for _, part := range [][2]string{{p.T("综合评估", "Assessment"), p.Assessment}, {p.T("心理状态和其他特殊情况分析", "Analysis"), p.Analysis}} {
		if part[1] != "" {
			d.text(12, true, part[0])
			d.text(11, false, part[1])
		}
	}
	for _, g := range p.Groups {
		d.text(12, true, p.PlanArea(g.Area))
		rows := [][]string{{p.T("措施", "Measure"), p.T("频次", "How often"), p.T("依据", "Basis"), p.T("来源", "From")}}
		for i := range g.Items {
			rows = append(rows, p.cells(&g.Items[i]))
		}
		d.table([]int{46, 16, 14, 24}, true, rows)
	}
	if len(p.Dropped) > 0 {
		d.text(12, true, p.T("不采用的措施", "Dropped"))
		for i := range p.Dropped {
			d.text(11, false, p.Said(p.Dropped[i])+" — "+p.planReason(&p.Dropped[i]))
		}
	}
	d.text(11, false, "")
	d.text(11, false, p.T("社区矫正对象（签名）：＿＿＿＿＿＿＿＿　　矫正小组（签名）：＿＿＿＿＿＿＿＿　　日期：＿＿＿＿＿＿",
		"Person: ________________    Correction group: ________________    Date: ____________"))
	return d.file()
}

// cells are a measure's row of the document.
func (p *planSheet) cells(m *plans.Measure) []string {
	said := p.Said(*m)
	if reason := p.planReason(m); reason != "" {
		said += "\n" + reason
	}
	return []string{said, p.PlanEvery(m.Every), p.Basis(*m), p.planSources(m)}
}
