package main

import "slices"

// quantile is the value that the fraction p of the values do not exceed; 0 of none.
func quantile(values []float64, p float64) float64 {
	if len(values) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(values))
	return sorted[int(p*float64(len(sorted)-1)+0.5)]
}

// slope is the typical growth from one value to the next: the median over all
// pairs (Theil and Sen), which single peaks do not move.
func slope(values []float64) float64 {
	var all []float64
	for i := range values {
		for j := i + 1; j < len(values); j++ {
			all = append(all, (values[j]-values[i])/float64(j-i))
		}
	}
	return quantile(all, 0.5)
}
