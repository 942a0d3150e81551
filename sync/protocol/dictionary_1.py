"""zstd dictionary 1 of the protocol, made by scripts/train_dictionary.py; never changes."""

from __future__ import annotations

import base64
import zlib


def read() -> bytes:
    """The dictionary's 16384 bytes."""
    return zlib.decompress(base64.b85decode(_CODED.replace("\n", "")))


_CODED = r"""
c-
pmFU5F&tb(SqV*dYN2@?b(9nzA7_^xeJxx9%neSz2r*wuBTfw(&A_?q5xpw!5m;T|Kj#Wyz0lf?^yj96uOiqRrYQvLkHcfbk9?fl&k@P
kzqR7?P)uhlKbokaO#&r@E(mc1G(+>~2rjt*U#^J?A^$ckUVWE&Lzf`ROlxj(p%Bzwxan8GiCN-~aWmy!z6={>sn(;D3w%{-
2+H>Z9S+SFiuppMQ{C`FH%`&-~6uzx@}lzVOj6f6#pB$#*~T#Cx9n<9Gen-&8LhKKY(M{L*``Uw`J6SKfN^z1NRldG}9#?;{_0-&-
d?NPqnozxc|FANl76|Cc{|_6hj!!~gjw@BQk_{MSD5)4?x%{8yjV|Mr3R$FJW7f8GOs-UolG<Qg3&^YU<!TuYK+GA-vJxt5v9A`BCs?}
r79xS23Vm~zAuEDctgat!}T%qXRBLEvPVVuAPW?G2MKE8Q5Lb`w5N@@Zbd=VCdT43na)au@1L_wFXMd0CaNoFvx>Od!lAxic^akF{l4s
<7}bqnsx3zQVzz5^W_5)VfrsCRH?5l5)b~qs|=7d>V%?r#8%!YiyX9tcsr!Z?U9IbAxH{7G^B6;3&>WmU4kjfV-Tj%%t33hI%e;IbW3X
IL*7sBFqn(r#LK$Pc<UcQDg*75p^y@sj`_&EwfURq+L7=S1>=gLIv1{yDZD35RNKLGEEg&5r!_Rc`#EL8#3x8(-
b++7z#`~1T*A_rXd6-1ZO6L@%y0&b5rGIQO|M_UQVtltu-GemD!KxF@_6m1eSrAOtB>H#>}`|q1w6~aMvPf@8y&jOTEshvp!Q{_q})9u
SfIX%DIPc2)IHwcx3NXafb!$T$;vj_rvK((F}yI)`s0{=hD2#M31ZH%dqJqtG%FJI2klX*jSHJB0bnj3S=^o8BK%pCb~_PPveHBm{TQq
%1(F3dK-eFN-+%EM3~T-
w9ch8r5VkPIpY$rf{@Ru#wRZEl+_*+q8xa2K$+kirKt``gHs~qMG&dMGOHc2oag&_u_Fpv*QT)HW3z}ec=ijQyZ(h+{>8)JRWB^U(=Q&
p^vOf}@sE8hY2Aa#l)>!7Z5L+Iaat2E^8Lb8%NXcMO4+%l5}GkdvCvX8gRN66<BVs)T87h9>hnys*KBrUwI-
^f|E%^g)mdhoq6nN=BBQlOniG$>30^a>Of$JlOl4(nDFWlz284ysDDyN!)DVWe<Ib2EuW7m?rX=CC3n{F4P}bm#rr>gbPvEMqTozT0Fp
oq{%b4Qca$}A1hG&{6W2GgED<+6`$&fNh^o3y)tXTTEYb%qFif{<FgqMcO<dZr+!MKZhMfBdiM*{6IMjE^lre2PG7@1;(CA<m`>(%TH+
gHLD$>)!MI32w8mE*rH#!0-
etja8_FR8sa1DD75j=ZVb8z`m<;S>=b$B)f)0&sHGDsF@g7zGVGqH!jXPKiY>qG}L=SmWyZ+o{1qM_D<aHqU%!{Py?Fz#ac^;NE(r7`V
5;e{%E<Hyn&l9{#u(y!Bc>m>j=89h@BfB@FtzVt-(Y!R_M*R|boGI=D5izjEW_H;Xa+b8__8ab|^?wln@@e*8KNc=qJztMJbY@UFM-
7yEI{qJofFG^32G@`I4<-5cJ$x3@REnN-
p1hDmCyi~fkL6&MMXawN4kNR!}F<+PUGCqq2EdGlrh1GTjomeMeaEhG;O>1YTs2;t6j3a^n8r;w)<;!aEC(?F2`ct+S7W{3f>ft?u=n8
Dp-WXpNcx7z8pz4cnO(Klf|ll=HQwKeMPE2q<CF-&YS6!juz6XU|Dx-
)}^)}B}V<d>g#BF=SOE*D{3PGIs0<r>0PVU%%?5#%k6sHY4`O9}QACPlJtjoONoIm-zF?{|>HfhBMr*N7!7Rts1o!vxIWkikwMA~=L>m
g#6gf;ETm#;#lAQ^xywSTvh(7cxZ=W8viCw`POqPL6&&xG`RyJbbgLbJsccsBd7=1Q4k?1k$Mg+~lpVfM4woZXN$UxQofbZ)#U52d*rx
fP)=B7>sMDgF*h};dj9Yk6+K>!pXxQRfB`$*WuPT-FPrAPafW{235RxEB^2xy64H!m*8>Uz+cmoqc_}uo`y#A{tH<o-V=-
;oqBF`*~Sdd9={&1PeaTXi&0|*CiZG135(V6ug7Q!fMsw6FvI7roq^A@EX?aGjfd~;ec?A6PdF^+x4gL%{Qxs?Z6HL#u@pr@h6E!45tn
jfsC3Gz&JO}+PC+yn=dpzk$xsm?h6LyfPX!TxOWJ3aNo|p_5vCy>B1x4*LU?1a$Os|&9A7W8d_D~xctx`Wh!4u0<VXcfQI=tWEbv#r|3
Foyq!yW|JzxW?7^39Vc$a(D%*<N@j?E<Nql206!|o1~j0Z_XDiDWYL6B!La>9E=lwcSVo(LxGY<89bfX!5Evs7bsx!5^lGiw$(_ySBXh
nc~jw4Uo>UKKGEA|A9b!1tPeVIl1|M8iX2G>lo!XXPT)<KuGxO!!`JWU5y;-
%9FN5Aj}oZ&EH}vWCn)OyQ?x_h_2#HG?sXY(A0tQ}6ZBnQtcXrBW~&-?}$UyRX1Psf2tjd0f`skkP%Z&yP=SKi<99zM-
*Fi+*RO4L{ZXvUdG?_h4BMXd}62zI0`QZVqYlth@@-
7@k|lw#KCO$R=*Lj_Yg!LaZKIoAeP6ZQ#Bd2f&W~!4&W<Y1nmM%dAg9q}{7o2zbI(i!BHk4zAY1?uU|V;Nn?1nUsg4<*ZHjZTwJ#d9nf
;z|xbWuK|Rf9K9C7=H%#4i$PTbV;<q}8*xJ52at;5BQjtx!LQGSiQZg1$SO~$4B~VyWa|@v^SI!F;*MIz^bF+sZvs-
^F9tS3AH4nR)xez`y=ey39Kd;S>*V1-
RD+ixg#cN&9i}ku;e&E8hFQNd9o!jIa2<xm40=$6d}E#f8~08@_iC^nD{w)CJ;o59h9WB*MhqK*gMrVf=tpBO_tpsFV8M9}^NVshckQ=
}5Q>(IbWlU&HHLdwlNW&FrYh&712b7hO##3{r15}kkz@fR1Qa6#sT8P&D!K$g=$2_r%^XDC<}|9v1WsQGsWbO6Tfl6*Vm#FXNvQ+~WLP
#2L_m7L42Y4i-0R&0NTk5LA$(Qj#}YP{xnN8ND47B$M=lMKN_h=d1YV>qXCVA{0-O)c-
qhe;Q@9MGpqDXkz_$N&(d5jJ*LK}s8c2htXmLMCfO(4{rD;I>5K?3)&rskhC>?~#NX;U0NW;t1bb(U^tRIV1vpTnfu}0u6%{9O)5P;F}
x=tD6vIwK{u;^|s;OBT@9wx0UiQkqGtMkoW$fvV%-t5hC7C(;m=jC#C)#nRiV-
)mku|6VH<LF%V_11e?KjJwxHh4kJTEw4586bW&gNbepv}bD`{_@h?8BFRpua>o$7iM`S#@n|C`@pf`8W5;>4e((YsZ}K9_m}bF!&%Lf?
r#K`UJEc|fJJH|QR*S%X=#9lI*pO#nkz||CU`BtderBcOHCr~61)(^^HuI)(=k&qeS=R121LL)2O85W5T{ZKy(V0``%+N%m}7^yNGSq+
46_yn6e%QjqB4m|X1Cne24=b?F2`{rHvD0dFRHWPfLGwKcXOpv0Gc>4#v*TfFEL9GbZ`~qap)#Pl88{mYK9ah{*+ykc>fee&T}(a@n~S
mH8uWy(5f{t-r&vqCr4k-
2L}KiWsk64%>oaZbin;mtbhs<4x~#)<^>FqdnPPaeREA$%zm2R2B&PP*ea$z)rvlljKzK}h4NY+7USdBTS9-
U0r_ffI;U;!sq$K3M%aJYJa@4Gmf0+t%Wh}h!Ghz9ck7JJeN1bRk9C@A63)n!HHi_QFohVbhnKV5Ew0`mq;Ie8TN=OJ1jXm~mv>H%zF4
$6AC&OJA2b5^r7|yCRB2oRHU~B$!bZrdb-
~||=yJYq3P7V%AUg!VEk?^CZ<aVOyVbOOd$0Ao`a5oeGd2QlN*pLn4<IbKM?6!GStFTcu9t>R`DBs_X_e)mzNMpp+yd_O0V7b@)Ij8Es
_;2!2&c6+kun9YO&*hHZ^REKh@O>v8DJ=gWJIlpBtrloFjoepEL9F>o_bLmv}265pwpXzZYS>6W<8}AW;!$Ze$kk&6Vt5(9#!EsOe(n%
{U3aw1lLN2oz(8Wjj^#^WgEYoRNWM*Uen!c&)luPo6<{kYcLT&v8iEtHUI+mWd|(m=(V-GGc(O6t?G+~=6&$E1_b&RzL31!BC5-
}9Q0fa&1c5-d-DQNuIQdSEiEw4WPK|xyoOmh$=#j)61ogff*`NjRTaTBk#PX#zTK<Mo#J|z-
w*OdUh^=@q%tfZ=Tm}g$|N!h*i$M^Fp~P9AVTW^C@P4^YK_DbU_7zlY~Y!Bd%Y<Tw`_C!&c~Wq9qJ>$T+0~nxHQfmuoK)4;Ik^5%P=o5
oEIoS+(II^fbq@(dKfRU#@KOhJCpA>Wm;e-<2zOVy=xbJn1#ZdqFU@6vM3$osL>+0<vg$M?BEDDni9^*(SsRm-^s&o-
x<ut$8XFAlVb?2+x3nE^*IQIDK^>piVxS{0^yTVdj-
r}VH8*fTVWVM%o&+^jf2*5v%Uxu8HEWrxNUr^xi;E_5(SjL2Y{PS;8{>cV2v^b*p+JKfxoH@49$#^Rs#ueNiSinQ9Q^!V5SW%MtUp}2p
B+Q<~ToPiFCUztbKs?b>WS1EPz#Ilw%d--ajf<@(>UV()96P6@zgddr><+B3bq)?jwQTLQ5~AMEeq$_m-Lg(0fBurq&2?x0uggNGqP1V
*hRF8n+dJa|-
YT;mRNyG7Wr@8ORR8*c3~qg5zrhsJ%~P51!=|QamsuGtH4@lq1M%nowgzAYs$rJ1)c50j3_YP2pJzgd5}}g7{<zBoIKVwi;nbQl488yk
on|ew?zpge3%Kg7C*Iac@u;*y4vjifA1L-SuU|TKc^IG9`eOI%|a+OcxX#Wc#z~Y%z=F@m}NuRgV$d-
s*wyn>Hma!tFM1)Ia6ZQC>v(*IUK1xK+S67gc)@2>X*T0%B!~-HPuJbnTXXh2UAS0?6AjT*lp6`Y*5ZRM;e?s#kfalMt+-
sU0S1AcO(aLN<b4W~qtX38aH3I<?j)OT+F%0+#aHOQMwHSYMDI?eY@y=(2uXnY|eBUs5o{Loxpj>e6M_3BB&*rFJi~=$!6pP#2A0?T*7
XQLUX(UEbTQ@W-ucwr*-?^Sn6&Sg(FKFfOoP0Tf9=c&ij6$1{t7dSjlFjPWLKO~O8;)3%yi-w0W@Jyqzc!&f1a+N9qRobJjzL^lN|-
g*`6n-?1w7fbt6=oWIJ3Q>eMa|?urY3_=y1;I=(UtQ_;$6;frW1#7A1`x`5<cUTiMR-
P>0OcTMqf%}|qU{b^FO4o&;GdWrAn(3efj^!+d}BFmJZn{Zh^I-
lZ^ic==GEBG&Ed8+oJL?*d`^Ov6rv|ZRsc3rBEdjd8l;?K(s6^+v^|_DTSfOAya~MJ4$Ki|GJ_dC$OquvQ6vuz;z{fH_=o07T@*P#kH#
%><t$t*?3yZNtrqYV)h|_aTMt1b1xPgMk+2L_qpd{J1Gw;1I%Tx91pD1NhcPK@b5V^MOCJ|as;Xv~E?iZ@c%1=w*)>|w9UUduGV8Un2=
>WAtUHD*Xj&wlklwq@(|DxS9zG|Z{iinuFD}8XZg2x!<l9A$E}d7wNZPEDWHpCq=C`U*)DmpHu(JT`my@ovvr@f`=*FwCR1)(GLe=VIb
{5$%5XM$b)<425qPLztG*0j-h~H_xSOw1Ar2Yb?y*YZ=yAtCw;f^UovJ8TgTciXq28My(#ttyS6mvkDb{+msXYpj<^5=tjmgO-
w=72`mF<n#k>(|)sYXq;+mU%htmrFRfbWK%yMdas>@85|n4FDK^8Bgxxu0JUDuM7&nm0C!Cb+CB*euS2zAAqD>#>g#N&IzdVwYunZ^d(
4U2eIB+_d>L)1+aBhrE5z#r?kDxJQualS{>seY;HxXu}A|CI`mJLqJl8_Br=gM+a;f<!{iaiM15%@Aks1T1P*J*L}wq2V-L_y#lpzNL-
2HV^N=kU+e_om!-js(!R|bK03ZlJf8WKrz;{gz_n;r5_Spc{twNzyV8K)2Z7_QMWbW)T>E;Z>eBN4cgJW-RvDnr@@`xsjr|V+m^N>6~9
WiZZz2}*6tT#e>>FSqLuz`(Pw5Scfh+qDkS|mOVN$C0gx&(70w*K5XThGaII}c~OCn$dh6&{Gyce3GU%0H_kp)KNKk{{%4f6^3~d97Gh
6+*T_<I9Lip-<Tl!=uhV<^g0uEZX$R=V!aJ_U*W$YFtCmt?@F}_ok7!H0q{W_EgemcDG;kOCR0))=R;j7-
us<QA$&X95n%`ObXmovdl<EgeUceABJ$Ntz*9<)320Kt=dNpbXzQhnaslrG;&rjAW}M@%-
akmV;qJ5u}jJBwhhX8omd%`RFX@cYChE~!ky;URave*eR$+yz!eCo?RsJ3{9Yj3N4@ik%G*J&kI8DSs-aS4iGXE$#weme!(U7)up-GY(
V550Y&$*k-
e8c3X>1D(v5ONDk+c*^Abue@p$)U=9i^8=gv(ue`ZN}LMGk2kkswM@%DqEOSc?pm7Nvq&X9A&Gx^p(1Y8E$~rc!Z&ACqv}d|r)P#jS--
HcqxXbl9kcya4Whe;WH3zqcHGHg5D5i5DGlOMBH*O=n=2JXb#@LU6-5Ag&RCBQ5JDW|JWsU}v2X60-
UBys*7D6wCmLRwexbMR|&_kJK4q0zz<}yRMGgwX8NM-
h2N_MlVKHS+z8k*S)0<GSX?<I{&QDT{Kyp*@(EDHz4iIO@r2*vn@u1_oh_S_1?9#KV80djMMf6tPrc;qsdqnwB`npkb!CfutJ8V7WAxi
PGgW#sw=-R&LMAl*i<f9ih<c-
hwZku1}q^;v8G(`jl$aV?=a1+bw&_ODM=+~l5OpbXliZ;Te>6m!Ki*_=55j80yVZfF!S9du18kRB3hj7vtfh+8M7|7HA7~yv3|=KK?(;
>xG=#HwHq{u&?JHe(VP(`E+@av#M^3i&EkHWvbK*Q@AQ7xMtvzh<K9{C_4cE#E?6%?cH%kn4o<VHdL8$wt4IwK&bimdO2idp5S9v$l!+
9Q5)O!;(KM60>yj|0J{Ts7aLnXm9t^v&DT**@yDi4cos~GQ852ed<b{X77<b4*up%HHT6*DP=G<C|t07`EF^6llIIu=#Tz7^>2*RwF@h
{aJb7gSwNG7<eai~WWa9`DAnW4l7tkOrQnpzcZ7jKxvw9;=w{CPKRUo;nNKU3RsI(5;S@;bx9>rIC&_7%d8TJ13kG@kl-
0!cb{(}Bwh+Wxvmk70#ujdV@(V%g!kI3s$_YmA>>sDPNXzkURQBK9l6c4ilO__*y>Z}8=|8P?+A)f$Rw8%27%lH=>=6j;?wP#euNm+Vd
IdS=!;kLns_m!Mv}ct!VO{iS<dzf9X>B~Fw5X&ZhlKPsP5ND~qmWvVg+N!}xy1+Fm9Jj?j*tdoj!`e0OA>lT~}p%uQYZdt1%Y;>2b`$X
gCr(GufUo*NulL=XGG6A?6_;`E_E(qLF?5sRo@(g;j1_7AN6cIqG0#iskPLOm_6oOqKPo!CB+CMjH5HG-
62T#{n16=cdb2bxy=dnGuU#|<&$2r2h0x<T-
E{5}tjs9PL+htqXt^+VDUBI!j4@pfR7k?L!Fl~{KHUHF`)Mk1YT2Z_~N*|+63TU>Y{+gU=&!lRb=3KFov+dibK^(%Z$(_-
pjAtC2QqW;3P<9m?)s*9)vLMWeb6m&YS*G0XW+t4~jnkM%puZF`Im@Hg+gC1H((Tu9CS(*jdDWhI?`mElBsr&riE&IZPAQ@oY+<<-
D5E$aW;sutgxCva_n{AwwFJjl2_e*DvgwUq5`qNVG&Ehdh423Wd+dcx
"""
